"""Adapters of the dead letters: the queues in SQS, the failures in CloudWatch Logs."""
