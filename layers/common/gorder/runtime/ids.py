"""Random ids."""

from uuid import uuid4


def new_id() -> str:
    """Return 32 random hexadecimal digits."""
    return uuid4().hex
