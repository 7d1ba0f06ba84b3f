"""Queries of the payment service: one use case per file, the message and its handler."""
