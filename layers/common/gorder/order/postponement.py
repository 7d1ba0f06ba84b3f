"""How long the sweep leaves an order alone at which it has failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

# Longer than the minute between two runs, so that the next run begins with other orders.
_FIRST: Final = timedelta(minutes=2)
# SweepFailedAlarm looks for a failure in each ten minutes.
_LONGEST: Final = timedelta(minutes=8)


@dataclass(frozen=True, slots=True)
class Postponement:
    """The time of a failure, and when the order is tried again."""

    at: datetime
    until: datetime

    @classmethod
    def after(cls, earlier: Self | None, at: datetime) -> Self:
        """Return the postponement after a failure.

        It is twice as long as an earlier one of which the end is no longer ago than its own length,
        because the order has then failed again when it was tried next.
        """
        delay = _FIRST
        if earlier is not None:
            length = earlier.until - earlier.at
            if at - earlier.until <= max(length, _FIRST):
                delay = min(max(2 * length, _FIRST), _LONGEST)
        return cls(at, at + delay)
