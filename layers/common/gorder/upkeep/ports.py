"""What an audit reads: orders, reservations, and the payments at Stripe."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gorder.contracts.audit import (
    AuditedPayment,
    AuditedReservation,
    Checkpoint,
    Finding,
    OrderPage,
    StatedPayment,
)


class OrderBook(Protocol):
    """The orders, and how far their hourly audit has come.

    Every method raises the order service's errors.
    """

    def page(self, after: str, limit: int) -> OrderPage:
        """Return orders by id, those after an id."""
        ...

    def changed(self, since: datetime, limit: int) -> tuple[OrderPage, datetime | None]:
        """Return orders by the time of their last write, and where the next page begins.

        A page may repeat orders of the page before.
        """
        ...

    def named(self, order_ids: Iterable[str]) -> OrderPage:
        """Return those of the orders that are stored."""
        ...

    def missing(self, order_ids: Collection[str]) -> set[str]:
        """Return those of the ids that no order has, readable or not."""
        ...

    def unmatched(self, payments: Collection[str]) -> Mapping[str, AuditedPayment | None]:
        """Return those of the payments that are kept because their order was not stored.

        None: the record cannot be read.
        """
        ...

    def late(self, before: datetime) -> Sequence[Finding]:
        """Return a finding for each order that something should have happened to before a time."""
        ...

    def checkpoint(self) -> Checkpoint:
        """Return how far the hourly audit has come."""
        ...

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        """Save how far the hourly audit has come."""
        ...


class ReservationBook(Protocol):
    """The reservations. Every method raises the stock service's errors."""

    def order_ids(self, after: str, limit: int) -> Sequence[str]:
        """Return the ids of orders with a reservation, those after an id."""
        ...

    def reservations(self, order_ids: Collection[str]) -> Mapping[str, AuditedReservation]:
        """Return the reservations of these orders, by order id."""
        ...


class PaymentLedger(Protocol):
    """The payments at Stripe. Every method raises the payment service's errors.

    The lists are of what Stripe made after `after` and not after `until`, newest first.
    """

    def payments(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments that were made then."""
        ...

    def refunded(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments of which a refund was made then."""
        ...

    def disputed(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments of which a dispute was opened then."""
        ...

    def payment(self, payment_intent_id: str) -> StatedPayment | None:
        """Return a payment, whatever its metadata has, or None if Stripe has no such payment."""
        ...
