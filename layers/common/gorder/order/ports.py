"""What the order service needs from the stock service and from its database."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from gorder.order.lines import Quantities
from gorder.order.model import Order
from gorder.order.payments import KeptPayment, Payment, UnmatchedPayment, UnreadablePayment
from gorder.order.postponement import Postponement

if TYPE_CHECKING:  # pydantic would build these classes in functions that do not call stock
    from gorder.contracts.stock import (
        ClientIds,
        ListMenuRequest,
        MenuListed,
        MovementsListed,
        PricedLine,
    )
    from gorder.order.records import OrderFilter, OrderRecord

type Clock = Callable[[], datetime]
type NewId = Callable[[], str]


class OrderRepository(Protocol):
    """Stores orders.

    Every method raises OrderStoreUnavailableError when the store fails, and OrderStoreError when a
    setting or a bug makes it fail for ever.

    `undelivered`, `overdue` and `unfinished` read no more than ids, so that an order that cannot be
    read is listed like any other one. They leave out orders that are postponed until later than
    `before`. The methods that return records are for staff.
    """

    def add(self, order: Order) -> bool:
        """Save a new order and its outbox in one write. Return False if its id is stored.

        Raises OrderStoreUnreachableError if it is certain that nothing was sent.
        """
        ...

    def get(self, order_id: str) -> Order:
        """Return the order as last saved. Raises OrderMissingError, OrderUnreadableError."""
        ...

    def replace(self, before: Order, after: Order, *, is_dated: bool = True) -> bool:
        """Save `after` if the stored status and version are those of `before`; return if saved.

        The write is the order's last change, unless it is not `is_dated`: then an audit of what has
        changed does not look at the order again.
        """
        ...

    def next_number(self) -> int:
        """Return the next number to call out, from 100 to 999, and after 999 from 100 again.

        No two calls return the same number within 900 calls. A call whose answer is lost, or whose
        number is not saved, leaves a gap.
        """
        ...

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        """Return orders with an event older than that time in the outbox, the oldest first."""
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Return ids of open orders whose time to pay ended before that time, oldest first."""
        ...

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        """Return ids of orders to be looked at (`watch_at`) before that time, oldest first."""
        ...

    def list_placed(
        self,
        wanted: "OrderFilter",
        limit: int,
        after: str | None = None,
        *,
        oldest_first: bool = False,
    ) -> "list[OrderRecord]":
        """Return the orders that were placed last, newest first, readable or not.

        With `after`, those that follow this order in the list. Orders placed in one millisecond are
        listed by their ids. An order of an earlier release is listed once `migrate` has run.

        Raises OrderNotListed.
        """
        ...

    def list_stuck(
        self, wanted: "OrderFilter", at: datetime, limit: int, after: str | None = None
    ) -> "list[OrderRecord]":
        """Return the orders that have a `stuck_reason` at that time, as `list_placed` does.

        One that cannot be read is found when it is past a deadline, or postponed.

        Raises OrderNotListed.
        """
        ...

    def list_money_day(self, day: str, limit: int, after: str | None = None) -> "list[OrderRecord]":
        """Return the orders that were paid or refunded on that day in UTC, by id, readable or not.

        With `after`, those with a later id. An order of an earlier release is listed once `migrate`
        has run.
        """
        ...

    def postponement(self, order_id: str) -> Postponement | None:
        """Return how the order was postponed last."""
        ...

    def payment_keys(self, order_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the keys of the recorded payments, by the id of each order that is stored."""
        ...

    def keep_unmatched(
        self, order_id: str, payment: Payment, at: datetime, kept: KeptPayment | None = None
    ) -> None:
        """Record a payment whose order is not stored. Repeated, it updates the record.

        `kept`: who keeps it, if staff do. Earlier ones stay on record. A record that cannot be read
        is replaced then, and keeps what can be read of them and the time when it was found.
        """
        ...

    def unmatched_payments(
        self, limit: int, after: str | None
    ) -> list[UnmatchedPayment | UnreadablePayment]:
        """Return payments that were kept because their order was not stored, newest first.

        Those without a time when they were found are the last ones.

        With `after`, the key of such a payment, those before it. Raises UnknownPayment.
        """
        ...

    def oldest_undelivered(self, before: datetime) -> datetime | None:
        """Return the time of the oldest event in an outbox, if one is older than that time.

        Postponed orders count.
        """
        ...

    def postpone(self, order_id: str, at: datetime) -> None:
        """Leave the order out of the three lists for some minutes, longer each time in a row.

        The order itself stays as it is, its version too. It need not be readable.
        """
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
        self,
        order_id: str,
        quantities: Quantities,
        expires_at: datetime,
        trace_id: str,
        client: "ClientIds | None" = None,
    ) -> "tuple[PricedLine, ...]":
        """Hold all products or none; for a client, within the limits of one client.

        Repeated, it returns the same prices and never shortens the hold.

        Raises StockRefused, ReservationDiffersError, ReservationReleasedError.
        """
        ...

    def confirm(self, order_id: str, trace_id: str) -> None:
        """Turn held units into sold ones. Can be repeated.

        Released units are taken again if all of them are available. Raises ReservationLostError if
        they are not, or if the units were returned or written off; ReservationMissingError if the
        order was never reserved.
        """
        ...

    def release(self, order_id: str, trace_id: str, overdue_at: datetime | None = None) -> None:
        """Release held units. Can be repeated, and does nothing if none are held or sold.

        With `overdue_at`, only a hold that ended before it. Raises ReservationLostError if the
        units are sold.
        """
        ...

    def return_units(self, order_id: str, trace_id: str) -> None:
        """Put the order's units back on sale, whether they are held or sold. Can be repeated.

        Does nothing if they were released, returned or written off, or never reserved.
        """
        ...

    def write_off(self, order_id: str, trace_id: str) -> None:
        """Book the order's units as waste, whether they are held or sold. Can be repeated.

        Does nothing if they were released, returned or written off, or never reserved.
        """
        ...

    def overdue(self, before: datetime, limit: int, trace_id: str) -> tuple[str, ...]:
        """Return orders whose holds ended before that time, the longest overdue first."""
        ...

    def held_percent(self, trace_id: str) -> float:
        """Return the largest share of a product's units that unpaid orders hold."""
        ...

    def movements(self, order_id: str, trace_id: str) -> "MovementsListed":
        """Return the units that an order has moved, oldest first, and its reservation."""
        ...
