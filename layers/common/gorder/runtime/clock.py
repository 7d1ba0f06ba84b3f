"""The current time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time in UTC, cut to milliseconds: the precision that every store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
