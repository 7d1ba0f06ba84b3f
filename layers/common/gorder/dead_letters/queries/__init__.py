"""Queries about dead letters."""
