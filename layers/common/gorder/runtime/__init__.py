"""Adapt gorder to AWS Lambda: entry points, logs, metrics, traces, secrets. Imports no service."""
