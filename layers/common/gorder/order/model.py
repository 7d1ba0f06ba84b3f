"""The order aggregate: its lines, its money and its changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from gorder.currencies import currency_rules
from gorder.errors import LaterReleaseError
from gorder.order.changes import (
    Checkout,
    OutboxEvent,
    StaffNote,
    StatusChange,
)
from gorder.order.errors import (
    IllegalTransitionError,
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
)
from gorder.order.lines import OrderLine
from gorder.order.payments import Payment
from gorder.order.status import (
    ENDED,
    OPEN,
    TRANSITIONS,
    AnyStatus,
    CloseReason,
    LaterStatus,
    Status,
)


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
    payments: tuple[Payment, ...] = ()
    outbox: tuple[OutboxEvent, ...] = ()
    token_key_id: str = ""  # the id of the key that signed its first access token
    published_at: datetime | None = None  # when an event was published without a new status
    resumed: int = 0  # how often the sweep has repeated events since then
    reason: str | None = None  # a CloseReason, or a reason of a later release; None: the customer's
    notes: tuple[StaffNote, ...] = ()
    number: int | None = None  # to call out; given when it becomes paid, and kept

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

        The stock service checks each price when it copies the catalogue, so a product whose price
        breaks its currency's step or maximum is refused before units are held. The reservation
        brings the prices, so the total is checked here, after it; the caller releases the units.

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
        if broken := currency_rules(currency).broken_by_total(order.amount_total):
            raise InvalidOrder(f"items: {broken}.")
        return order

    @property
    def placed_at(self) -> datetime:
        return self.history[0].at

    @property
    def changed_at(self) -> datetime:
        """When it reached its present status."""
        return self.history[-1].at

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
    def has_ended(self) -> bool:
        """Whether it ended without food for the customer."""
        return self.status in ENDED

    @property
    def payment(self) -> Payment | None:
        """The payment that pays for it, refunded or not."""
        return next((payment for payment in self.payments if not payment.refund_reason), None)

    @property
    def refunds_due(self) -> list[Payment]:
        """The payments of which gorder has to refund the rest."""
        return [payment for payment in self.payments if payment.refund_due]

    @property
    def is_disputed(self) -> bool:
        """Whether a dispute about its payment is undecided."""
        return self.payment is not None and self.payment.is_disputed

    @property
    def has_lost_its_payment(self) -> bool:
        """Whether its payment was refunded in full, or lost in a dispute."""
        return self.payment is not None and self.payment.is_lost

    @property
    def revenue(self) -> int:
        """What the shop has of its payment, without refunds and lost disputes."""
        return self.payment.kept if self.payment else 0

    @property
    def may_be_cooked(self) -> bool:
        """Whether the kitchen may work on it: it is paid, and its payment is not disputed."""
        return self.status in {Status.PAID, Status.COOKING} and not self.is_disputed

    @property
    def was_cooked(self) -> bool:
        """Whether the kitchen has begun to cook it, so that its units cannot be sold again."""
        return any(c.status in {Status.COOKING, Status.COOKED} for c in self.history)

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
        checkout = replace(self.checkout, attempt=failed_attempt + 1, expires_at=expires_at)
        return replace(self, checkout=checkout, version=self.version + 1)

    def await_payment(self, session_id: str, url: str, at: datetime) -> Self:
        """Save the payment page. An order that has left `pending` stays as it is."""
        self.require_known_status()
        if not self.awaits_checkout:
            return self
        checkout = replace(self.checkout, session_id=session_id, url=url)
        return replace(self._moved(Status.WAITING_FOR_PAYMENT, at), checkout=checkout)

    def begin_cooking(self, at: datetime) -> Self:
        """Begin to cook. An order that may not be cooked, or is being cooked, stays as it is."""
        self.require_known_status()
        if self.status is not Status.PAID or not self.may_be_cooked:
            return self
        return self._moved(Status.COOKING, at)

    def cook(self, cooked: OutboxEvent) -> Self:
        """Mark the order as cooked. One that is cooked, refunded or disputed stays as it is.

        Raises:
            IllegalTransitionError: the order is not paid.
        """
        self.require_known_status()
        if self.status in {Status.COOKED, Status.REFUNDED}:
            return self
        if self.is_disputed:
            return self
        return self.with_status(Status.COOKED, cooked)

    def has_expired_with(self, page: str | None) -> bool:
        """Return whether it expired, not paid, with this page, which was closed to end it."""
        is_last = page is not None and self.checkout.session_id == page
        return self.status is Status.EXPIRED and is_last and not self.payments

    def cancel(self, cancelled: OutboxEvent, closed_page: str | None = None) -> Self:
        """Cancel the order. A cancelled order stays as it is.

        Args:
            cancelled: what to publish.
            closed_page: the page that was closed to cancel it. Stripe's event of that page may have
                let the order expire meanwhile.

        Raises:
            OrderAlreadyPaid: it is paid.
            OrderClosed: it has expired.
        """
        self.require_known_status()
        if self.status is Status.CANCELLED:
            return self
        if self.has_expired_with(closed_page):
            return self.with_status(Status.CANCELLED, cancelled)
        if self.status is Status.EXPIRED:
            raise OrderClosed
        if not self.is_open:
            raise OrderAlreadyPaid
        return self.with_status(Status.CANCELLED, cancelled)

    def expire(self, expired: OutboxEvent) -> Self:
        """Let the order expire. One that has time left, or is not open, stays as it is."""
        self.require_known_status()
        if not self.is_open or self.checkout.expires_at > expired.occurred_at:
            return self
        reason = CloseReason.NO_PAGE if self.awaits_checkout else None
        return replace(self.with_status(Status.EXPIRED, expired), reason=reason)

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

    def with_status(self, status: Status, event: OutboxEvent) -> Self:
        """Return the order in its next status, with the event of that change in the outbox.

        Raises:
            IllegalTransitionError: the status cannot follow the present one.
        """
        return self._moved(status, event.occurred_at).publishing(event)

    def publishing(self, event: OutboxEvent) -> Self:
        """Return the order with one more event in its outbox. The version stays the same."""
        at = max(event.occurred_at, self.history[-1].at)
        return replace(self, outbox=(*self.outbox, event), published_at=at, resumed=0)

    def _moved(self, status: Status, at: datetime) -> Self:
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransitionError(
                f"order {self.order_id} is {self.status.value} and cannot become {status}"
            )
        change = StatusChange(status, max(at, self.history[-1].at))
        return replace(
            self,
            status=status,
            version=self.version + 1,
            history=(*self.history, change),
            reason=None,
            resumed=0,
        )
