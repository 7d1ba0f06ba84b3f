"""A line of a bill, and the length of a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.cost_inputs import AwsPrice

GB: Final = 1_000_000_000
HOURS_A_MONTH: Final = 730
DAYS_A_MONTH: Final = Decimal(HOURS_A_MONTH) / 24
SECONDS_A_MONTH: Final = HOURS_A_MONTH * 3600


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity at its price."""

    service: str
    what: str
    quantity: Decimal
    price: AwsPrice

    @property
    def dollars(self) -> Decimal:
        return self.price.cost_of(self.quantity)


def total(lines: Iterable[Line]) -> Decimal:
    """Return the sum of the lines in dollars."""
    return sum((line.dollars for line in lines), Decimal(0))
