"""The order aggregate: its lines, its money, its states and what may follow what."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from gorder.errors import BusinessError, DefectError, LaterReleaseError
from gorder.order.amounts import too_little, too_much

MAX_LINES = 50
MAX_UNITS_PER_LINE = 1000


class Status(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    PAID = "paid"
    COOKED = "cooked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class LaterStatus:
    """A status of a later release. This release shows such an order and changes nothing on it."""

    value: str


type AnyStatus = Status | LaterStatus


def read_status(value: str) -> AnyStatus:
    """Return the status of that name, or a `LaterStatus` if this release has none."""
    return Status(value) if value in Status else LaterStatus(value)


_TRANSITIONS: dict[AnyStatus, set[Status]] = {
    Status.PENDING: {
        Status.WAITING_FOR_PAYMENT,
        Status.PAID,  # the webhook may overtake the message that saves the payment link
        Status.CANCELLED,
        Status.EXPIRED,
    },
    Status.WAITING_FOR_PAYMENT: {Status.PAID, Status.CANCELLED, Status.EXPIRED},
    Status.PAID: {Status.COOKED, Status.REFUNDED},
    Status.COOKED: {Status.REFUNDED},
    Status.CANCELLED: set(),
    Status.EXPIRED: set(),
    Status.REFUNDED: set(),
}


class InvalidOrder(BusinessError):
    """What was asked for cannot be an order. The text names the field and the bound."""

    status = 422
    code = "invalid_order"


class OrderNotFound(BusinessError):
    """No such order, or not for this caller: the two are not told apart."""

    status = 404
    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such order for this customer and access token.")


class OrderAlreadyPaid(BusinessError):
    """Too late to turn back: the money is there."""

    status = 409
    code = "order_already_paid"

    def __init__(self) -> None:
        super().__init__("The order is paid; it can no longer be cancelled.")


class PaymentUnderWay(BusinessError):
    """The customer has paid by a way that takes its time; how it ends is not known yet."""

    status = 409
    code = "payment_under_way"

    def __init__(self) -> None:
        super().__init__("A payment of this order is under way; ask again when it has ended.")


class OrderClosed(BusinessError):
    """Nobody paid in time, and nobody can any more."""

    status = 409
    code = "order_closed"

    def __init__(self) -> None:
        super().__init__("The order has expired; nothing was taken and nothing is held.")


class IllegalTransitionError(DefectError):
    """A status that may not follow the present one."""

    code = "illegal_transition"


class PaymentMismatchError(DefectError):
    """Money came in that does not fit the order. Somebody must look at it."""

    code = "payment_mismatch"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What the customer asks for."""

    product_id: str
    quantity: int


def merge_lines(wanted: Iterable[WantedLine]) -> tuple[WantedLine, ...]:
    """One line per product, in the sequence first named; bounds hold after merging.

    Raises:
        InvalidOrder: no line, more than 50, or a product's units not in 1-1000.
    """
    units: dict[str, int] = {}
    for line in wanted:
        units[line.product_id] = units.get(line.product_id, 0) + line.quantity
    if not 1 <= len(units) <= MAX_LINES:
        raise InvalidOrder(f"items: an order has 1 to {MAX_LINES} products, not {len(units)}.")
    for product_id, quantity in units.items():
        if not 1 <= quantity <= MAX_UNITS_PER_LINE:
            raise InvalidOrder(
                f"items: {product_id} can be ordered 1 to {MAX_UNITS_PER_LINE} times, "
                f"not {quantity} (lines of one product are added up)."
            )
    return tuple(WantedLine(product_id, quantity) for product_id, quantity in units.items())


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line at the price it was ordered at. `unit_amount` is in minor units."""

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
    """When the order came to a status."""

    status: AnyStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """A fact that is saved with the order and has not been delivered yet."""

    event_id: str
    event_type: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """The hosted page: which attempt, until when, and where once Stripe has made it.

    Attempt and expiry are fixed before Stripe is asked, so that asking again is the same request.
    """

    attempt: int
    expires_at: datetime
    session_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What Stripe says was paid, in minor units."""

    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order. Every change gives a new value with the next `version`, or the same value."""

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
    ) -> Self:
        """A new order, pending, with its first event in the outbox.

        Raises:
            InvalidOrder: its total is more than Stripe takes in one payment, or less.
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
        )
        if most := too_much(order.amount_total):
            raise InvalidOrder(f"items: one order can cost {most} minor units at most.")
        if least := too_little(order.amount_total, currency):
            raise InvalidOrder(f"items: one order costs {least} minor units of {currency} or more.")
        return order

    @property
    def amount_total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def awaits_checkout(self) -> bool:
        """Whether the hosted page is still to be made."""
        return self.status is Status.PENDING

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid, cancelled or expire."""
        return self.status in {Status.PENDING, Status.WAITING_FOR_PAYMENT}

    @property
    def is_closed(self) -> bool:
        """Whether it ended without a payment, so that nothing may be held for it."""
        return self.status in {Status.CANCELLED, Status.EXPIRED}

    @property
    def wanted(self) -> tuple[WantedLine, ...]:
        """Its lines as the customer asked for them."""
        return tuple(WantedLine(line.product_id, line.quantity) for line in self.lines)

    def is_for(self, wanted: Iterable[WantedLine]) -> bool:
        """Whether it is what these (merged) lines ask for, in whatever sequence."""
        return set(self.wanted) == set(wanted)

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
        """Plan the next attempt, once: another one may have planned it already."""
        self.require_known_status()
        if not self.awaits_checkout or self.checkout.attempt != failed_attempt:
            return self
        checkout = Checkout(attempt=failed_attempt + 1, expires_at=expires_at)
        return replace(self, checkout=checkout, version=self.version + 1)

    def await_payment(self, session_id: str, url: str, at: datetime) -> Self:
        """The hosted page exists. An order that is already further stays as it is."""
        self.require_known_status()
        if not self.awaits_checkout:
            return self
        checkout = replace(self.checkout, session_id=session_id, url=url)
        return replace(self._moved(Status.WAITING_FOR_PAYMENT, at), checkout=checkout)

    def pay(self, payment: Payment, paid: OutboxEvent) -> Self:
        """Take a payment that fits the order; the same payment again changes nothing.

        Raises:
            PaymentMismatchError: amount, currency or page differ, or it was paid otherwise before.
            IllegalTransitionError: the order was closed before the money came.
        """
        self.require_known_status()
        if self.payment == payment:
            return self
        self._check(payment)
        moved = self._moved(Status.PAID, paid.occurred_at)
        return replace(moved, payment=payment, outbox=(*self.outbox, paid))

    def cook(self, cooked: OutboxEvent) -> Self:
        """The kitchen is done; hearing it again changes nothing.

        Raises:
            IllegalTransitionError: the order is not paid, or paid back.
        """
        self.require_known_status()
        if self.status is Status.COOKED:
            return self
        moved = self._moved(Status.COOKED, cooked.occurred_at)
        return replace(moved, outbox=(*self.outbox, cooked))

    def cancel(self, cancelled: OutboxEvent) -> Self:
        """The customer does not want it; hearing it again changes nothing.

        Raises:
            OrderAlreadyPaid: too late.
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
        """Nobody paid in time. An order that may still wait, or no longer waits, stays as it is."""
        self.require_known_status()
        if not self.is_open or self.checkout.expires_at > expired.occurred_at:
            return self
        return self._closed(Status.EXPIRED, expired)

    def wait_until(self, until: datetime) -> Self:
        """Let an order that has its page wait for longer: what became of its payment is not known.

        Without one it stays as it is: its attempt's time was told to Stripe, and may not change.
        """
        self.require_known_status()
        if self.status is not Status.WAITING_FOR_PAYMENT or self.checkout.expires_at >= until:
            return self
        checkout = replace(self.checkout, expires_at=until)
        return replace(self, checkout=checkout, version=self.version + 1)

    def delivered(self, event_ids: Iterable[str]) -> Self:
        """Without the events that have been delivered. Not a change of the order: same version."""
        gone = set(event_ids)
        return replace(self, outbox=tuple(e for e in self.outbox if e.event_id not in gone))

    def _closed(self, status: Status, event: OutboxEvent) -> Self:
        moved = self._moved(status, event.occurred_at)
        return replace(moved, outbox=(*self.outbox, event))

    def _check(self, payment: Payment) -> None:
        if self.payment is not None:
            raise PaymentMismatchError(
                f"already paid by {self.payment.session_id}, now also by {payment.session_id}"
            )
        if (payment.amount, payment.currency) != (self.amount_total, self.currency):
            raise PaymentMismatchError(
                f"paid {payment.amount} {payment.currency}, "
                f"the order is {self.amount_total} {self.currency}"
            )
        if self.checkout.session_id not in {None, payment.session_id}:
            raise PaymentMismatchError(
                f"paid on page {payment.session_id}, the order's is {self.checkout.session_id}"
            )

    def _moved(self, status: Status, at: datetime) -> Self:
        if status not in _TRANSITIONS[self.status]:
            raise IllegalTransitionError(
                f"order {self.order_id} is {self.status.value} and cannot become {status}"
            )
        change = StatusChange(status, max(at, self.history[-1].at))
        return replace(
            self, status=status, version=self.version + 1, history=(*self.history, change)
        )
