"""Read amounts of money and days, as people write them."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gorder.currencies import currency_rules
from ops.errors import CommandError, ExitCode


def minor_units(text: str, currency: str, option: str = "--amount") -> int:
    """Return an amount such as `5`, `5.00` or `1150` in the currency's minor units.

    Raises:
        CommandError: it is no amount of this currency.
    """
    decimals = currency_rules(currency).decimals
    whole, point, part = text.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", whole) or (point and not re.fullmatch(r"[0-9]+", part)):
        raise CommandError(f"{option}: {text} is no amount, such as 5.00", ExitCode.USAGE)
    if len(part) > decimals:
        raise CommandError(
            f"{option}: {text} has more than the {decimals} decimals of {currency.upper()}",
            ExitCode.USAGE,
        )
    return int(whole + part.ljust(decimals, "0"))


def day(text: str, zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of a day, such as `2026-11-28` or `today`, and of the next one.

    Raises:
        CommandError: it is no day, or there is no such time zone.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CommandError(
            f"--zone: there is no time zone {zone}; one is Europe/Berlin", ExitCode.USAGE
        ) from None
    try:
        date = (
            datetime.now(place).date() if text == "today" else datetime.fromisoformat(text).date()
        )
        first = datetime.combine(date, time(), place)
        following = datetime.combine(date + timedelta(days=1), time(), place)
    except (ValueError, OverflowError):
        raise CommandError(
            f"--day: {text} is no day, such as 2026-11-28 or today", ExitCode.USAGE
        ) from None
    return first.astimezone(UTC), following.astimezone(UTC)
