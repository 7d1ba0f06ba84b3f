"""Queries of the order service."""
