"""The short numbers by which the kitchen calls out orders. They begin again after 900 orders."""

from typing import Final

FIRST_NUMBER: Final = 100
LAST_NUMBER: Final = 999


def number_of(drawn: int) -> int:
    """Return the number of an order. `drawn` counts the orders that were given one, from 1."""
    return FIRST_NUMBER + (drawn - 1) % (LAST_NUMBER - FIRST_NUMBER + 1)
