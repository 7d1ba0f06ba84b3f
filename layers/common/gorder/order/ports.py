"""What the order service needs from outside."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self, override

from gorder.contracts.stock import ListMenu, MenuListed, PricedLine, RefusedLine
from gorder.errors import BusinessError, DefectError, TransientError
from gorder.order.model import Order, OrderLine, StatusChange, WantedLine

type Clock = Callable[[], datetime]
type NewId = Callable[[], str]


class OrderStoreUnavailableError(TransientError):
    """The order database did not answer, or not with a yes."""

    code = "order_store_unavailable"


class OrderIndexError(DefectError):
    """The order database's indexes could not be made; the message says what to do."""

    code = "order_index"


class ConcurrentUpdateError(TransientError):
    """Others kept changing the same order; worth another try."""

    code = "concurrent_update"


class StockUnavailableError(TransientError):
    """The stock service did not answer."""

    code = "stock_unavailable"


class OrderMissingError(DefectError):
    """A message names an order that is not stored. Orders are saved before they are spoken of."""

    code = "order_missing"


class ReservationDiffersError(DefectError):
    """The order id has a reservation with other lines."""

    code = "reservation_differs"


class ReservationReleasedError(DefectError):
    """The order id had a reservation, whose units were given back."""

    code = "reservation_released"


class ReservationLostError(DefectError):
    """A paid order whose stock is no longer held. Somebody must look at it."""

    code = "reservation_lost"


class StockRefused(BusinessError):
    """The stock service says no to these lines."""

    reason: str

    def __init__(self, lines: tuple[RefusedLine, ...]) -> None:
        named = ", ".join(_named(line) for line in lines)
        super().__init__(f"{self.reason}: {named}." if named else f"{self.reason}.")
        self.lines = lines

    @override
    def members(self) -> Mapping[str, object]:
        return {
            "items": [
                line.model_dump(exclude=None if line.reason else {"reason"}) for line in self.lines
            ]
        }


class UnknownProduct(StockRefused):
    """A product the catalogue does not have."""

    status = 422
    code = "unknown_product"

    reason = "There is no such product"


class InactiveProduct(StockRefused):
    """A product that is not for sale."""

    status = 422
    code = "inactive_product"

    reason = "Not for sale at present"


class MixedCurrencies(StockRefused):
    """Products that cannot be paid in one payment."""

    status = 422
    code = "mixed_currencies"

    reason = "The products of one order have one currency"


class InsufficientStock(StockRefused):
    """Fewer units than wanted; nothing is held."""

    status = 409
    code = "insufficient_stock"

    reason = "Not enough in stock"


def _named(line: RefusedLine) -> str:
    if line.available is None:
        return f"{line.product_id} ({line.reason})" if line.reason else line.product_id
    return f"{line.product_id} ({line.requested} wanted, {line.available} available)"


class OrderRepository(Protocol):
    """Keeps orders. Every method raises OrderStoreUnavailableError when the store fails."""

    def add(self, order: Order) -> bool:
        """Save a new order and its outbox in one write; False, and no write, if it is there."""
        ...

    def get(self, order_id: str) -> Order:
        """The order as last saved. Raises OrderMissingError."""
        ...

    def replace(self, before: Order, after: Order) -> bool:
        """Save `after` if the stored order is still at `before`; says whether it did."""
        ...

    def undelivered(self, before: datetime, limit: int) -> list[Order]:
        """Orders with an event older than that in the outbox, the oldest first."""
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Ids of open orders whose time to pay ended before that, the longest overdue first."""
        ...

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        """Take delivered events out of the outbox."""
        ...


@dataclass(frozen=True, slots=True)
class OrderView:
    """The read model: what the API shows of an order."""

    order_id: str
    customer_id: str
    status: str
    lines: tuple[OrderLine, ...]
    amount_total: int
    currency: str
    payment_link: str | None
    history: tuple[StatusChange, ...]

    @classmethod
    def of(cls, order: Order) -> Self:
        """The view of an order that is at hand."""
        return cls(
            order_id=order.order_id,
            customer_id=order.customer_id,
            status=order.status.value,
            lines=order.lines,
            amount_total=order.amount_total,
            currency=order.currency,
            payment_link=order.checkout.url,
            history=order.history,
        )


class OrderViews(Protocol):
    """Reads orders for display, in one round trip."""

    def find(self, customer_id: str, order_id: str) -> OrderView | None:
        """The customer's order, or None. Raises OrderStoreUnavailableError."""
        ...


class MenuSource(Protocol):
    """The stock service, as far as the menu needs it."""

    def menu(self, request: ListMenu) -> MenuListed:
        """What can be ordered now. Raises StockUnavailableError."""
        ...


class StockClient(Protocol):
    """The stock service, from outside. Raises StockUnavailableError when it does not answer."""

    def reserve(
        self, order_id: str, lines: Iterable[WantedLine], expires_at: datetime, trace_id: str
    ) -> tuple[PricedLine, ...]:
        """Hold all lines or none; the same again gives the same prices and holds no shorter.

        Raises StockRefused, ReservationDiffersError, ReservationReleasedError.
        """
        ...

    def confirm(self, order_id: str, trace_id: str) -> None:
        """Held units are sold; again is fine. Raises ReservationLostError."""
        ...

    def release(self, order_id: str, trace_id: str, overdue_at: datetime | None = None) -> None:
        """Held units are free; again is fine, and so is nothing held.

        With `overdue_at`, only a hold that had ended by then. Raises ReservationLostError: sold.
        """
        ...

    def overdue(self, before: datetime, limit: int, trace_id: str) -> tuple[str, ...]:
        """Orders whose holds ended before that, the longest overdue first."""
        ...


class PageOutcome(StrEnum):
    """The result of closing a payment page."""

    CLOSED = "closed"  # no payment can be made on it any more
    PAYMENT_UNDER_WAY = "payment_under_way"  # by a method that takes hours or days
    PAID = "paid"  # the payment is published as `payment.succeeded`


class PaymentPages(Protocol):
    """The payment service, as the order service uses it."""

    def close(self, session_id: str) -> PageOutcome:
        """Close a payment page unless it is paid. Can be repeated.

        Raises the payment service's errors: the page may still be open.
        """
        ...
