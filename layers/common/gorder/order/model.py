"""The order aggregate: its lines, its money and its changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from gorder.constraints import MAX_AMOUNT, MAX_LINES, MAX_UNITS_PER_LINE
from gorder.errors import LaterReleaseError
from gorder.order.amounts import min_amount
from gorder.order.errors import (
    IllegalTransitionError,
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
    PaymentMismatchError,
)
from gorder.order.status import OPEN, TRANSITIONS, AnyStatus, LaterStatus, Status

type Quantities = Mapping[str, int]  # units by product id


def merge_lines(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up the units of each product, in the order the products are first named.

    Args:
        lines: product id and units of each line.

    Raises:
        InvalidOrder: there are no lines, more than 50 products, or not 1 to 1000 units of one.
    """
    quantities: dict[str, int] = {}
    for product_id, quantity in lines:
        quantities[product_id] = quantities.get(product_id, 0) + quantity
    if not 1 <= len(quantities) <= MAX_LINES:
        raise InvalidOrder(f"items: an order has 1 to {MAX_LINES} products, not {len(quantities)}.")
    for product_id, quantity in quantities.items():
        if not 1 <= quantity <= MAX_UNITS_PER_LINE:
            raise InvalidOrder(
                f"items: {product_id} can be ordered 1 to {MAX_UNITS_PER_LINE} times, "
                f"not {quantity} (lines of one product are added up)."
            )
    return quantities


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line with the price at the time of the order. `unit_amount` is in minor units."""

    product_id: str
    name: str
    quantity: int
    unit_amount: int
    price_id: str

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status and the time when the order reached it."""

    status: AnyStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event that is saved with the order and not delivered yet."""

    event_id: str
    event_type: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """The attempt to make a payment page, and the page once Stripe has made it.

    Attempt and expiry are saved before the request to Stripe, so that a retry is the same request.
    """

    attempt: int
    expires_at: datetime
    session_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as Stripe reports it, in minor units."""

    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order. A change returns a new order with the next `version`, or the same order."""

    order_id: str
    customer_id: str
    trace_id: str
    lines: tuple[OrderLine, ...]
    currency: str
    status: AnyStatus
    version: int
    history: tuple[StatusChange, ...]
    checkout: Checkout
    payment: Payment | None = None
    outbox: tuple[OutboxEvent, ...] = ()
    token_key_id: str = ""  # the id of the key that signed its first access token

    @classmethod
    def place(
        cls,
        *,
        order_id: str,
        customer_id: str,
        trace_id: str,
        lines: tuple[OrderLine, ...],
        currency: str,
        pay_until: datetime,
        created: OutboxEvent,
        token_key_id: str,
    ) -> Self:
        """Return a new pending order with its first event in the outbox.

        Raises:
            InvalidOrder: Stripe does not take its total in one payment.
        """
        order = cls(
            order_id=order_id,
            customer_id=customer_id,
            trace_id=trace_id,
            lines=lines,
            currency=currency,
            status=Status.PENDING,
            version=1,
            history=(StatusChange(Status.PENDING, created.occurred_at),),
            checkout=Checkout(attempt=1, expires_at=pay_until),
            outbox=(created,),
            token_key_id=token_key_id,
        )
        if order.amount_total > MAX_AMOUNT:
            raise InvalidOrder(f"items: one order can cost {MAX_AMOUNT} minor units at most.")
        if 0 < order.amount_total < (least := min_amount(currency)):  # 0 is not charged
            raise InvalidOrder(f"items: one order costs {least} minor units of {currency} or more.")
        return order

    @property
    def placed_at(self) -> datetime:
        return self.history[0].at

    @property
    def amount_total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def awaits_checkout(self) -> bool:
        """Whether the payment page is still to be made."""
        return self.status is Status.PENDING

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid, be cancelled or expire."""
        return self.status in OPEN

    @property
    def is_closed(self) -> bool:
        """Whether it ended without a payment, so that no stock may be held for it."""
        return self.status in {Status.CANCELLED, Status.EXPIRED}

    @property
    def quantities(self) -> dict[str, int]:
        """The units of each product."""
        return {line.product_id: line.quantity for line in self.lines}

    def require_known_status(self) -> None:
        """Refuse to act on an order whose status this release does not know.

        Every change calls it, so such an order is neither lost nor moved backwards.

        Raises:
            LaterReleaseError: a later release wrote the status.
        """
        if isinstance(self.status, LaterStatus):
            raise LaterReleaseError(
                f"order {self.order_id} is {self.status.value}, a status of a later release"
            )

    def retry_checkout(self, failed_attempt: int, expires_at: datetime) -> Self:
        """Plan the next attempt to make a page, unless it is planned already."""
        self.require_known_status()
        if not self.awaits_checkout or self.checkout.attempt != failed_attempt:
            return self
        checkout = Checkout(attempt=failed_attempt + 1, expires_at=expires_at)
        return replace(self, checkout=checkout, version=self.version + 1)

    def await_payment(self, session_id: str, url: str, at: datetime) -> Self:
        """Save the payment page. An order that has left `pending` stays as it is."""
        self.require_known_status()
        if not self.awaits_checkout:
            return self
        checkout = replace(self.checkout, session_id=session_id, url=url)
        return replace(self._moved(Status.WAITING_FOR_PAYMENT, at), checkout=checkout)

    def pay(self, payment: Payment, paid: OutboxEvent) -> Self:
        """Record the payment. The same payment again changes nothing.

        Raises:
            PaymentMismatchError: amount, currency or page differ, or another payment is recorded.
            IllegalTransitionError: the order is closed.
        """
        self.require_known_status()
        if self.payment == payment:
            return self
        self._check(payment)
        moved = self._moved(Status.PAID, paid.occurred_at)
        return replace(moved, payment=payment, outbox=(*self.outbox, paid))

    def cook(self, cooked: OutboxEvent) -> Self:
        """Mark the order as cooked. A cooked order stays as it is.

        Raises:
            IllegalTransitionError: the order is not paid, or refunded.
        """
        self.require_known_status()
        if self.status is Status.COOKED:
            return self
        moved = self._moved(Status.COOKED, cooked.occurred_at)
        return replace(moved, outbox=(*self.outbox, cooked))

    def cancel(self, cancelled: OutboxEvent) -> Self:
        """Cancel the order. A cancelled order stays as it is.

        Raises:
            OrderAlreadyPaid: it is paid.
            OrderClosed: it has expired.
        """
        self.require_known_status()
        if self.status is Status.CANCELLED:
            return self
        if self.status is Status.EXPIRED:
            raise OrderClosed
        if not self.is_open:
            raise OrderAlreadyPaid
        return self._closed(Status.CANCELLED, cancelled)

    def expire(self, expired: OutboxEvent) -> Self:
        """Let the order expire. One that has time left, or is not open, stays as it is."""
        self.require_known_status()
        if not self.is_open or self.checkout.expires_at > expired.occurred_at:
            return self
        return self._closed(Status.EXPIRED, expired)

    def wait_until(self, until: datetime) -> Self:
        """Extend the time to pay of an order that has its page.

        Without a page it stays as it is: the expiry of the attempt may be part of a request to
        Stripe already, and a retry must be the same request.
        """
        self.require_known_status()
        if self.status is not Status.WAITING_FOR_PAYMENT or self.checkout.expires_at >= until:
            return self
        checkout = replace(self.checkout, expires_at=until)
        return replace(self, checkout=checkout, version=self.version + 1)

    def delivered(self, event_ids: Iterable[str]) -> Self:
        """Return the order without these events in its outbox. The version stays the same."""
        delivered = set(event_ids)
        return replace(self, outbox=tuple(e for e in self.outbox if e.event_id not in delivered))

    def _closed(self, status: Status, event: OutboxEvent) -> Self:
        moved = self._moved(status, event.occurred_at)
        return replace(moved, outbox=(*self.outbox, event))

    def _check(self, payment: Payment) -> None:
        if self.payment is not None:
            raise PaymentMismatchError(
                f"order {self.order_id}: paid on page {self.payment.session_id} before, "
                f"now also on page {payment.session_id}; refund one payment in Stripe"
            )
        if (payment.amount, payment.currency) != (self.amount_total, self.currency):
            raise PaymentMismatchError(
                f"order {self.order_id}: paid {payment.amount} {payment.currency} "
                f"instead of {self.amount_total} {self.currency}; refund the payment in Stripe"
            )
        if self.checkout.session_id not in {None, payment.session_id}:
            raise PaymentMismatchError(
                f"order {self.order_id}: paid on page {payment.session_id}, "
                f"but its page is {self.checkout.session_id}; refund the payment in Stripe"
            )

    def _moved(self, status: Status, at: datetime) -> Self:
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransitionError(
                f"order {self.order_id} is {self.status.value} and cannot become {status}"
            )
        change = StatusChange(status, max(at, self.history[-1].at))
        return replace(
            self, status=status, version=self.version + 1, history=(*self.history, change)
        )
