"""Scheduled checks that belong to no service of the domain."""
