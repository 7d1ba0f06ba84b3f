"""Why the stock service refuses a request. Business facts, which are replies and not failures."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.errors import BusinessError


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A line that could not be held. `available` is None for a product that cannot be ordered.

    `reason` says why it cannot be ordered, where that is known.
    """

    product_id: str
    requested: int
    available: int | None = None
    reason: str | None = None


class StockRefusal(BusinessError):
    """The stock service refuses. Sending the same request again gets the same answer."""

    status = 409
    code = "stock_refused"

    def __init__(self, message: str, shortfalls: Sequence[Shortfall] = ()) -> None:
        super().__init__(message)
        self.shortfalls = tuple(shortfalls)


class UnknownProductRefusal(StockRefusal):
    """The catalogue has no such product."""


class InactiveProductRefusal(StockRefusal):
    """The product is in the catalogue but cannot be ordered."""


class MixedCurrenciesRefusal(StockRefusal):
    """The lines have prices in several currencies, so they have no total."""


class InsufficientStockRefusal(StockRefusal):
    """Fewer units are available than the order wants."""


class ReservationNotFound(StockRefusal):
    """The order has no reservation and never had one."""


class ReservationReleased(StockRefusal):
    """The order's units were released."""


class ReservationConfirmed(StockRefusal):
    """The order's units are sold."""


class ReservationReturned(StockRefusal):
    """The order's units were sold, and then returned to stock or written off."""


class ReservationDiffers(StockRefusal):
    """The order has a reservation with other lines."""


class ReservationNotOverdue(StockRefusal):
    """The order's hold has not ended yet."""


class ReceiptDiffers(StockRefusal):
    """The receipt has booked another quantity of the product."""


class EntryDiffers(StockRefusal):
    """The entry has booked another change of the product."""


class UnavailableUnitsRefusal(StockRefusal):
    """Fewer units of the product are available than are to be wasted."""


class HeldUnitsRefusal(StockRefusal):
    """Unpaid orders hold more units of the product than were counted."""


class TooManyUnits(StockRefusal):
    """The product would have more units than the system can count."""


class RepairRefusal(StockRefusal):
    """The rows cannot be repaired in this way. The text says what to do first or instead."""


class RepairDiffers(StockRefusal):
    """The repair with this id was about another product or order."""


class UnknownStockRepair(StockRefusal):
    """No repair with this id is on record."""


class UnpaidOrdersRefusal(StockRefusal):
    """The client has as many unpaid orders as it may have."""


class ShareRefusal(StockRefusal):
    """The client would hold more units of a product than its share."""
