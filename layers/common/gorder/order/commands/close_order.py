"""Close an order for the shop, in any status: cancel it, or refund its payment."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.commands.close_unpaid import close_unpaid
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.commands.transition import transition
from gorder.order.errors import OrderNotRefundable
from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.ports import (
    Clock,
    NewId,
    OrderRepository,
    PageOutcome,
    PaymentPages,
    Refunds,
    StockClient,
)
from gorder.order.staff import close_for_shop, end_free, noted
from gorder.order.status import CloseReason
from gorder.order.stock_errors import ReservationLostError, ReservationMissingError

# A payment under way that succeeds later finds a cancelled order: gorder refunds it.
_CLOSABLE: Final = frozenset({PageOutcome.CLOSED, PageOutcome.PAYMENT_UNDER_WAY})


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """A request of staff to close an order. `reason` is in their words."""

    order_id: str
    reason: str
    by: str


class CloseOutcome(StrEnum):
    """What closing an order did."""

    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    ALREADY_ENDED = "already_ended"
    PAYMENT_FOUND = "payment_found"  # its page was paid meanwhile, so it is not closed
    REFUND_NOT_MADE = "refund_not_made"  # Stripe made none that arrives, so it is not closed


@dataclass(frozen=True, slots=True)
class CloseOrderHandler:
    """Closes orders. Each step can be repeated, so a second request finishes what the first began.

    A refund is recorded by the command that records those of Stripe's dashboard. If the process
    ends between the two, the webhook of the refund, or the search for missed webhooks, finds it.
    """

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    refunds: Refunds
    reconcile: Callable[[ReconcilePayment], None]
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: CloseOrder) -> tuple[Order, CloseOutcome]:
        """Close the order; return it as it is then, and what was done.

        Raises:
            UnknownOrder, OrderNotRefundable: it cannot be closed.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: correct its document first.
            PaymentGatewayRefusedError: Stripe refuses to close its page or to refund its payment.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        now = self.clock()
        note = StaffNote("close_order", command.by, command.reason, now)
        cancelled = OutboxEvent(self.new_id(), EventType.ORDER_CANCELLED, now)
        self.telemetry.bind(command.order_id)
        self.telemetry.info("order.close_requested", by=command.by, reason=command.reason)
        with known_order(command.order_id):
            order, page = close_unpaid(
                self.orders,
                self.pages,
                self.telemetry,
                command.order_id,
                lambda order: close_for_shop(order, cancelled, note),
                _CLOSABLE,
            )
        if page is PageOutcome.PAID:
            order = self._record_payment(order, note)
            found = CloseOutcome.ALREADY_ENDED if order.has_ended else CloseOutcome.PAYMENT_FOUND
            return order, found
        if order.has_ended:
            settle_and_deliver(self.stock, self.orders, self.events, order)
            closed = cancelled in order.outbox
            return order, CloseOutcome.CANCELLED if closed else CloseOutcome.ALREADY_ENDED
        return self._close_paid(order, note)

    def _record_payment(self, order: Order, note: StaffNote) -> Order:
        """Record the payment of a page that was paid meanwhile.

        If the order has no reservation, nothing can be sold: it expires, and gorder refunds it.
        """
        session_id = order.checkout.session_id
        try:
            self.reconcile(ReconcilePayment(order.order_id, session_id))
        except ReservationMissingError:
            self._note(order.order_id, note)
            return self._look(order.order_id, session_id, sells=False)
        return self.orders.get(order.order_id)

    def _close_paid(self, order: Order, note: StaffNote) -> tuple[Order, CloseOutcome]:
        """Refund what is left of the payment, as Stripe states it now, and record the refund."""
        session_id = _payment(order).session_id
        order = self._look(order.order_id, session_id)
        if order.has_ended:
            return order, CloseOutcome.ALREADY_ENDED
        payment = _refundable(order)
        if payment.amount == 0:
            return self._end_free(order, note), CloseOutcome.REFUNDED
        self._note(order.order_id, note)
        self.refunds.refund_rest(order.order_id, payment, CloseReason.CLOSED_BY_SHOP)
        order = self._look(order.order_id, session_id)
        made = order.has_ended
        return order, CloseOutcome.REFUNDED if made else CloseOutcome.REFUND_NOT_MADE

    def _look(self, order_id: str, session_id: str | None, *, sells: bool = True) -> Order:
        """Record the payment as Stripe states it now; return the order.

        An order whose units are gone is closed all the same. What Stripe states is recorded before
        the stock is settled.
        """
        try:
            self.reconcile(ReconcilePayment(order_id, session_id, sells=sells))
        except (ReservationLostError, ReservationMissingError) as error:
            self.telemetry.warning("order.without_units", reason=str(error))
        return self.orders.get(order_id)

    def _note(self, order_id: str, note: StaffNote) -> None:
        transition(self.orders, self.telemetry, order_id, lambda order: noted(order, note))

    def _end_free(self, order: Order, note: StaffNote) -> Order:
        refunded = OutboxEvent(self.new_id(), EventType.ORDER_REFUNDED, note.at)
        order = transition(
            self.orders,
            self.telemetry,
            order.order_id,
            lambda order: end_free(order, refunded, note),
        )
        settle_and_deliver(self.stock, self.orders, self.events, order)
        return order


def _payment(order: Order) -> Payment:
    if order.payment is None:
        raise OrderNotRefundable(
            f"Order {order.order_id} is {order.status.value} and has no payment: correct its "
            "document."
        )
    return order.payment


def _refundable(order: Order) -> Payment:
    payment = _payment(order)
    if payment.may_be_refunded:
        return payment
    if payment.is_disputed:
        raise OrderNotRefundable(
            f"Payment {payment.key} of order {order.order_id} is disputed, and Stripe refuses to "
            "refund it: accept the dispute in Stripe's dashboard, and the order is refunded; or "
            "wait until the bank has decided."
        )
    raise OrderNotRefundable(
        f"A part of payment {payment.key} of order {order.order_id} was lost in a dispute, and "
        "Stripe refuses to refund the rest: pay the customer in another way. The order goes on."
    )
