"""The time, as every store keeps it: UTC, to the millisecond."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
