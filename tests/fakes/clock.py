"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class StandingClock:
    """A `Clock`."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        """Move on, by what `timedelta` takes."""
        self.now += timedelta(**time)
