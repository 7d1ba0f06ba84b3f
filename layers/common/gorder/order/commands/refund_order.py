"""Refund a part or the rest of the payment of a paid order."""

from dataclasses import dataclass
from enum import StrEnum

from gorder.contracts.telemetry import Telemetry
from gorder.currencies import money
from gorder.order.changes import StaffNote
from gorder.order.commands.payment_of_order import PaymentOfOrder, require_refundable
from gorder.order.errors import OrderNotRefundable, RefundedMeanwhile, RefundTooLarge
from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.payment_ports import Refunds
from gorder.order.payments import REFUNDED_BY_SHOP, Payment
from gorder.order.ports import Clock, OrderRepository
from gorder.order.staff import begin_refund


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A request of staff to refund. `reason` is in their words, and amounts are in minor units.

    Attributes:
        order_id: the order.
        reason: why, in the words of staff.
        by: who asked.
        amount: what to refund; None for all that is left.
        refunded_before: what is refunded already, as who asks believes. A number with an amount.
        dry_run: change nothing, and answer what would be done.
    """

    order_id: str
    reason: str
    by: str
    amount: int | None = None
    refunded_before: int | None = None
    dry_run: bool = False


class RefundOutcome(StrEnum):
    """What was refunded, or would be."""

    REFUNDED = "refunded"  # nothing is left of the payment
    REFUNDED_IN_PART = "refunded_in_part"
    ALREADY_REFUNDED = "already_refunded"  # nothing was left
    REFUND_NOT_MADE = "refund_not_made"  # Stripe made none that arrives
    WOULD_REFUND = "would_refund"
    WOULD_REFUND_IN_PART = "would_refund_in_part"


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """The order, its payment, what the request refunds of it, and what was done."""

    order: Order
    payment: Payment
    amount: int
    outcome: RefundOutcome


@dataclass(frozen=True, slots=True)
class RefundOrderHandler:
    """Refunds orders. Repeated, a request makes one refund.

    A refund is made only while so much is refunded at Stripe as the request says. Stripe keeps that
    number with the refund, so that a repeated request finds it.
    """

    orders: OrderRepository
    refunds: Refunds
    payment: PaymentOfOrder
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: RefundOrder) -> OrderRefund:
        """Refund; return the order as it is then, and what was done.

        If nothing is left of the payment then, the order ends, as `CloseOrder` ends it.

        Raises:
            UnknownOrder: the order is not stored.
            OrderNotRefundable: it is not paid, nothing was paid for it, or its payment is disputed.
            RefundedMeanwhile, RefundTooLarge: the amounts do not fit what Stripe states.
            RefundUnderWay: another refund was begun some minutes ago.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: repair its document first.
            PaymentGatewayRefusedError: Stripe refuses the refund.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        self.telemetry.bind(command.order_id)
        self.telemetry.info("order.refund_requested", by=command.by, reason=command.reason)
        with known_order(command.order_id):
            order = self.orders.get(command.order_id)
        order.require_known_status()
        order, looked_at = self._looked_at(order, dry_run=command.dry_run)
        payment = _payment(looked_at)
        if done := _done(order, payment, command):
            return done
        amount = payment.kept if command.amount is None else command.amount
        _require_possible(order, payment, amount, command.refunded_before)
        if command.dry_run:
            rest = amount == payment.kept
            would = RefundOutcome.WOULD_REFUND if rest else RefundOutcome.WOULD_REFUND_IN_PART
            return OrderRefund(order, payment, amount, would)
        return self._refund(command, order, payment, amount)

    def _looked_at(self, order: Order, *, dry_run: bool) -> tuple[Order, Order]:
        """Return the order as it is stored then, and with its payment as Stripe states it now."""
        if dry_run:
            return order, self.payment.as_looked_at(order)[0]
        session_id = order.payment.session_id if order.payment else order.checkout.session_id
        if session_id is not None:
            order = self.payment.look(order.order_id, session_id)
        return order, order

    def _refund(
        self, command: RefundOrder, order: Order, payment: Payment, amount: int
    ) -> OrderRefund:
        before = payment.refunded
        note = StaffNote(
            "refund_order", command.by, command.reason, self.clock(), amount, refunded_before=before
        )
        order = self.payment.refund(
            order,
            payment,
            lambda order: begin_refund(order, note),
            lambda: self.refunds.refund_part(
                order.order_id, payment, amount, REFUNDED_BY_SHOP, before
            ),
        )
        payment = _payment(order)
        if payment.has_refund(amount, before):
            return _made(order, payment, amount)
        if payment.refunded != before:
            raise _refunded_meanwhile(order, payment, before)
        return OrderRefund(order, payment, 0, RefundOutcome.REFUND_NOT_MADE)


def _done(order: Order, payment: Payment, command: RefundOrder) -> OrderRefund | None:
    """Return the answer if the refund was made before, or if nothing is left for it."""
    before = command.refunded_before
    if before is not None and payment.has_refund(command.amount, before):
        amount = payment.refunded - before if command.amount is None else command.amount
        return _made(order, payment, amount)
    if command.amount is None and payment.kept == 0:
        return OrderRefund(order, payment, 0, RefundOutcome.ALREADY_REFUNDED)
    return None


def _made(order: Order, payment: Payment, amount: int) -> OrderRefund:
    outcome = RefundOutcome.REFUNDED_IN_PART if payment.kept else RefundOutcome.REFUNDED
    return OrderRefund(order, payment, amount, outcome)


def _payment(order: Order) -> Payment:
    if order.payment is None:
        raise OrderNotRefundable(
            f"Order {order.order_id} is {order.status.value}, and no payment pays for it: nothing "
            "can be refunded. gorder refunds other payments of it by itself."
        )
    if order.payment.amount == 0:
        raise OrderNotRefundable(
            f"Nothing was paid for order {order.order_id}: close it instead of refunding it."
        )
    return order.payment


def _require_possible(order: Order, payment: Payment, amount: int, before: int | None) -> None:
    if before is not None and payment.refunded != before:
        raise _refunded_meanwhile(order, payment, before)
    require_refundable(order, payment)
    if amount > payment.kept:
        raise RefundTooLarge(
            f"amount: {money(amount, payment.currency)} is more than the "
            f"{money(payment.kept, payment.currency)} that is left of payment {payment.key} of "
            f"order {order.order_id}."
        )


def _refunded_meanwhile(order: Order, payment: Payment, before: int) -> RefundedMeanwhile:
    refunded, stated, left = (
        money(amount, payment.currency) for amount in (payment.refunded, before, payment.kept)
    )
    return RefundedMeanwhile(
        f"refunded_before: {refunded} of payment {payment.key} of order {order.order_id} is "
        f"refunded now, not {stated}, and {left} is left: look at the order before you refund more."
    )
