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
from gorder.order.errors import OrderNotRefundable, UnknownOrder
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
from gorder.order.store_errors import OrderMissingError

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
        try:
            order, page = close_unpaid(
                self.orders,
                self.pages,
                self.telemetry,
                command.order_id,
                lambda order: close_for_shop(order, cancelled, note),
                _CLOSABLE,
            )
        except OrderMissingError:
            raise UnknownOrder(command.order_id) from None
        if page is PageOutcome.PAID:
            self.reconcile(ReconcilePayment(order.order_id, order.checkout.session_id))
            return self.orders.get(order.order_id), CloseOutcome.PAYMENT_FOUND
        if order.has_ended:
            settle_and_deliver(self.stock, self.orders, self.events, order)
            closed = cancelled in order.outbox
            return order, CloseOutcome.CANCELLED if closed else CloseOutcome.ALREADY_ENDED
        return self._close_paid(order, note)

    def _close_paid(self, order: Order, note: StaffNote) -> tuple[Order, CloseOutcome]:
        """Refund what is left of the payment, as Stripe states it now, and record the refund."""
        looked_at = ReconcilePayment(order.order_id, _payment(order).session_id)
        self.reconcile(looked_at)
        order = self.orders.get(order.order_id)
        if order.has_ended:
            return order, CloseOutcome.ALREADY_ENDED
        payment = _refundable(order)
        if payment.amount == 0:
            return self._end_free(order, note), CloseOutcome.REFUNDED
        transition(self.orders, self.telemetry, order.order_id, lambda order: noted(order, note))
        self.refunds.refund_rest(order.order_id, payment, CloseReason.CLOSED_BY_SHOP)
        self.reconcile(looked_at)
        order = self.orders.get(order.order_id)
        made = order.has_ended
        return order, CloseOutcome.REFUNDED if made else CloseOutcome.REFUND_NOT_MADE

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
    if payment.is_disputed:
        raise OrderNotRefundable(
            f"Payment {payment.key} of order {order.order_id} is disputed, and Stripe refuses to "
            "refund it: accept the dispute in Stripe's dashboard, and the order is refunded."
        )
    return payment
