"""What the order service needs from other services and from its database."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, override

from gorder.errors import BusinessError, DefectError, TransientError
from gorder.order.model import Order, Payment, Quantities

if TYPE_CHECKING:  # pydantic would build these classes in functions that do not call stock
    from gorder.contracts.stock import ListMenuRequest, MenuListed, PricedLine, RefusedLine

type Clock = Callable[[], datetime]
type NewId = Callable[[], str]


class OrderStoreUnavailableError(TransientError):
    """The order database did not answer, or refused the operation."""

    code = "order_store_unavailable"


class OrderStoreError(DefectError):
    """The order database refuses an operation because of a setting or a bug. See the text."""

    code = "order_store"


class OrderIndexError(DefectError):
    """An index of the order database could not be created. The text says what to do."""

    code = "order_index"


class ConcurrentUpdateError(TransientError):
    """Other writers kept changing the same order."""

    code = "concurrent_update"


class StockUnavailableError(TransientError):
    """The stock service did not answer."""

    code = "stock_unavailable"


class OrderMissingError(DefectError):
    """The order is not stored. Orders are saved before any message names them."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} is not stored")

    code = "order_missing"


class ReservationDiffersError(DefectError):
    """The order id has a reservation of other lines."""

    code = "reservation_differs"


class ReservationReleasedError(DefectError):
    """The reservation of the order id was released."""

    code = "reservation_released"


class ReservationLostError(DefectError):
    """The stock of a paid order is no longer held. A person must look at it."""

    code = "reservation_lost"


class StockRefused(BusinessError):
    """The stock service refuses these lines."""

    reason: str

    def __init__(self, lines: "tuple[RefusedLine, ...]") -> None:
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
    """The catalogue does not have the product."""

    status = 422
    code = "unknown_product"

    reason = "There is no such product"


class InactiveProduct(StockRefused):
    """The product is not for sale."""

    status = 422
    code = "inactive_product"

    reason = "Not for sale at present"


class MixedCurrencies(StockRefused):
    """The products have several currencies, so that one payment cannot cover them."""

    status = 422
    code = "mixed_currencies"

    reason = "The products of one order have one currency"


class InsufficientStock(StockRefused):
    """Fewer units are available than wanted. Nothing is held."""

    status = 409
    code = "insufficient_stock"

    reason = "Not enough in stock"


def _named(line: "RefusedLine") -> str:
    if line.available is None:
        return f"{line.product_id} ({line.reason})" if line.reason else line.product_id
    return f"{line.product_id} ({line.requested} wanted, {line.available} available)"


class OrderRepository(Protocol):
    """Stores orders.

    Every method raises OrderStoreUnavailableError when the store fails, and OrderStoreError when a
    setting or a bug makes it fail for ever.
    """

    def add(self, order: Order) -> bool:
        """Save a new order and its outbox in one write. Return False if its id is stored."""
        ...

    def get(self, order_id: str) -> Order:
        """Return the order as last saved. Raises OrderMissingError."""
        ...

    def replace(self, before: Order, after: Order) -> bool:
        """Save `after` if the stored status and version are those of `before`; return if saved."""
        ...

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        """Return orders with an event older than that time in the outbox, the oldest first."""
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Return ids of open orders whose time to pay ended before that time, oldest first."""
        ...

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        """Remove delivered events from the outbox."""
        ...


class StockClient(Protocol):
    """The stock service, called synchronously.

    Every method raises StockUnavailableError when the service does not answer.
    """

    def menu(self, query: "ListMenuRequest") -> "MenuListed":
        """Return the products that can be ordered now."""
        ...

    def reserve(
        self, order_id: str, quantities: Quantities, expires_at: datetime, trace_id: str
    ) -> "tuple[PricedLine, ...]":
        """Hold all products or none.

        Repeated, it returns the same prices and never shortens the hold.

        Raises StockRefused, ReservationDiffersError, ReservationReleasedError.
        """
        ...

    def confirm(self, order_id: str, trace_id: str) -> None:
        """Turn held units into sold ones. Can be repeated. Raises ReservationLostError."""
        ...

    def release(self, order_id: str, trace_id: str, overdue_at: datetime | None = None) -> None:
        """Release held units. Can be repeated, and does nothing if none are held.

        With `overdue_at`, only a hold that ended before it. Raises ReservationLostError if the
        units are sold.
        """
        ...

    def overdue(self, before: datetime, limit: int, trace_id: str) -> tuple[str, ...]:
        """Return orders whose holds ended before that time, the longest overdue first."""
        ...


class PageOutcome(StrEnum):
    """The result of closing a payment page."""

    CLOSED = "closed"  # no payment can be made on it any more
    PAYMENT_UNDER_WAY = "payment_under_way"  # by a method that takes hours or days
    PAID = "paid"  # the payment is published as `payment.succeeded`


class Payments(Protocol):
    """Reads payments from the payment service, which asks Stripe."""

    def received(self, order_id: str, session_id: str) -> Payment | None:
        """Return the payment that Stripe has received for the order on that page, or None.

        Raises the payment service's errors: it is not known whether there is one.
        """
        ...


class PaymentPages(Protocol):
    """The payment service, as the order service uses it."""

    def close(self, session_id: str) -> PageOutcome:
        """Close a payment page unless it is paid. Can be repeated.

        Raises the payment service's errors: the page may still be open.
        """
        ...
