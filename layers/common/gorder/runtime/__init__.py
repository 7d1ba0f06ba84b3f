"""Glue to AWS Lambda: entries, observability, secrets, errors. Knows no service."""
