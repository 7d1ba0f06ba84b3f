"""Make a refund by gorder again that has failed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import StaffNote
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.transition import transition
from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.payment_ports import Refunds
from gorder.order.payments import Payment, Refund
from gorder.order.ports import Clock, OrderRepository
from gorder.order.staff import noted


@dataclass(frozen=True, slots=True)
class RetryRefund:
    """A request of staff to refund again."""

    order_id: str
    by: str


class RetryOutcome(StrEnum):
    """What became of a payment whose refund was to be made again."""

    REFUNDED_AGAIN = "refunded_again"
    NOT_FAILED = "not_failed"  # no refund by gorder has failed
    ALREADY_REFUNDED = "already_refunded"
    DISPUTED = "disputed"  # Stripe refuses refunds of it
    NOT_MADE = "not_made"  # Stripe made no refund that arrives


@dataclass(frozen=True, slots=True)
class RetriedRefund:
    """A payment, the amount that was refunded again, and what was done."""

    payment: Payment
    amount: int
    outcome: RetryOutcome


@dataclass(frozen=True, slots=True)
class RetryRefundHandler:
    """Refunds again. Each failed refund is made again once, because it has a key of its own.

    What is left to refund is computed from what Stripe states, so another way to pay the customer
    counts only if it is a refund of the payment.
    """

    orders: OrderRepository
    refunds: Refunds
    reconcile: Callable[[ReconcilePayment], None]
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: RetryRefund) -> tuple[Order, list[RetriedRefund]]:
        """Refund again; return the order as it is then, and what was done about each payment.

        Each payment is processed alone. The first failure is raised after the last one.

        Raises:
            UnknownOrder: the order is not stored.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: repair its document first.
            PaymentGatewayRefusedError: Stripe refuses the refund.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        self.telemetry.bind(command.order_id)
        self.telemetry.info("refund.retry_requested", by=command.by)
        with known_order(command.order_id):
            order = self.orders.get(command.order_id)
        order.require_known_status()
        retried: list[RetriedRefund] = []
        failures: list[Exception] = []
        for payment in order.payments:
            try:
                retried.append(self._retry(command, payment))
            except Exception as error:  # noqa: BLE001 - a refund that is refused must not stop the others
                failures.append(error)
        if failures:
            raise failures[0]
        return self.orders.get(command.order_id), retried

    def _retry(self, command: RetryRefund, payment: Payment) -> RetriedRefund:
        order, payment = self._looked_at(command.order_id, payment)
        failed = payment.failed_by_gorder
        if failed is None:
            return RetriedRefund(payment, 0, RetryOutcome.NOT_FAILED)
        is_part = failed.refunded_before is not None and not order.has_ended
        part = payment.failed_part if is_part else None
        if payment.refunded >= payment.amount or (is_part and part is None):
            return RetriedRefund(payment, 0, RetryOutcome.ALREADY_REFUNDED)
        if not payment.may_be_refunded:
            return RetriedRefund(payment, 0, RetryOutcome.DISPUTED)
        return self._refund(command, payment, part or failed, is_part=is_part)

    def _refund(
        self, command: RetryRefund, payment: Payment, failed: Refund, *, is_part: bool
    ) -> RetriedRefund:
        """Refund the rest again; of an order that goes on, the part that staff had refunded."""
        text = f"{failed.refund_id} of {payment.key} has failed"
        note = StaffNote("retry_refund", command.by, text, self.clock())
        transition(self.orders, self.telemetry, command.order_id, lambda order: noted(order, note))
        if is_part and failed.refunded_before is not None:
            amount, before = min(failed.amount, payment.kept), failed.refunded_before
            self.refunds.refund_part(command.order_id, payment, amount, failed.reason, before)
        else:
            self.refunds.refund_rest(command.order_id, payment, failed.reason)
        _, after = self._looked_at(command.order_id, payment)
        amount = payment.kept - after.kept
        outcome = RetryOutcome.REFUNDED_AGAIN if amount > 0 else RetryOutcome.NOT_MADE
        return RetriedRefund(after, amount, outcome)

    def _looked_at(self, order_id: str, payment: Payment) -> tuple[Order, Payment]:
        """Record the payment as Stripe states it now; return the order and the payment."""
        self.reconcile(ReconcilePayment(order_id, payment.session_id))
        order = self.orders.get(order_id)
        return order, next(known for known in order.payments if known.key == payment.key)
