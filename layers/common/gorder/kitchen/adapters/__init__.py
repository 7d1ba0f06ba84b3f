"""Adapters of the kitchen service: an SQS queue as its timer."""
