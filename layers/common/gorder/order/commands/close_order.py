"""Close an order for the shop, in any status: cancel it, or refund its payment."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.commands.close_unpaid import close_unpaid
from gorder.order.commands.payment_of_order import PaymentOfOrder, payment_of, require_refundable
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.commands.transition import transition
from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.payment_ports import PageOutcome, PaymentPages, Refunds
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.staff import close_for_shop, end_free, noted
from gorder.order.status import CloseReason
from gorder.order.stock_errors import ReservationMissingError

# A payment under way that succeeds later finds a cancelled order: gorder refunds it.
_CLOSABLE: Final = frozenset({PageOutcome.CLOSED, PageOutcome.PAYMENT_UNDER_WAY})


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """A request of staff to close an order. `reason` is in their words.

    `dry_run`: change nothing, and answer what would be done.
    """

    order_id: str
    reason: str
    by: str
    dry_run: bool = False


class CloseOutcome(StrEnum):
    """What closing an order did, or would do."""

    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    ALREADY_ENDED = "already_ended"
    PAYMENT_FOUND = "payment_found"  # its page was paid meanwhile, so it is not closed
    REFUND_NOT_MADE = "refund_not_made"  # Stripe made none that arrives, so it is not closed
    WOULD_CANCEL = "would_cancel"
    WOULD_REFUND = "would_refund"
    WOULD_FIND_PAYMENT = "would_find_payment"  # its page is paid, and it would not be closed


@dataclass(frozen=True, slots=True)
class CloseOrderHandler:
    """Closes orders. Each step can be repeated: a second request finishes what the first began."""

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    refunds: Refunds
    payment: PaymentOfOrder
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: CloseOrder) -> tuple[Order, CloseOutcome]:
        """Close the order; return it as it is then, and what was done.

        In a dry run it is returned with its payment as Stripe states it now.

        Raises:
            UnknownOrder, OrderNotRefundable: it cannot be closed.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: repair its document first.
            PaymentGatewayRefusedError: Stripe refuses to close its page or to refund its payment.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        self.telemetry.bind(command.order_id)
        self.telemetry.info("order.close_requested", by=command.by, reason=command.reason)
        with known_order(command.order_id):
            return self._plan(command.order_id) if command.dry_run else self._close(command)

    def _plan(self, order_id: str) -> tuple[Order, CloseOutcome]:
        order = self.orders.get(order_id)
        order.require_known_status()
        if order.has_ended:
            return order, CloseOutcome.ALREADY_ENDED
        after, page = self.payment.as_looked_at(order)
        planned = replace(order, payments=after.payments)
        if after.has_ended:
            return planned, CloseOutcome.ALREADY_ENDED
        if order.is_open:
            paid = page is PageOutcome.PAID
            return planned, CloseOutcome.WOULD_FIND_PAYMENT if paid else CloseOutcome.WOULD_CANCEL
        require_refundable(planned, payment_of(planned))
        return planned, CloseOutcome.WOULD_REFUND

    def _close(self, command: CloseOrder) -> tuple[Order, CloseOutcome]:
        now = self.clock()
        note = StaffNote("close_order", command.by, command.reason, now)
        cancelled = OutboxEvent(self.new_id(), EventType.ORDER_CANCELLED, now)
        order, page = close_unpaid(
            self.orders,
            self.pages,
            self.telemetry,
            command.order_id,
            lambda order, page: close_for_shop(order, cancelled, note, page),
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
            self.payment.reconcile(ReconcilePayment(order.order_id, session_id))
        except ReservationMissingError:
            transition(
                self.orders, self.telemetry, order.order_id, lambda order: noted(order, note)
            )
            return self.payment.look(order.order_id, session_id, sells=False)
        return self.orders.get(order.order_id)

    def _close_paid(self, order: Order, note: StaffNote) -> tuple[Order, CloseOutcome]:
        """Refund what is left of the payment, as Stripe states it now, and record the refund."""
        order = self.payment.look(order.order_id, payment_of(order).session_id)
        if order.has_ended:
            return order, CloseOutcome.ALREADY_ENDED
        payment = payment_of(order)
        require_refundable(order, payment)
        if payment.amount == 0:
            return self._end_free(order, note), CloseOutcome.REFUNDED
        order = self.payment.refund(
            order,
            payment,
            lambda order: noted(order, note),
            lambda: self.refunds.refund_rest(order.order_id, payment, CloseReason.CLOSED_BY_SHOP),
        )
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
