"""Refund the payments of an order that do not pay for it."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.payment_ports import Refunds
from gorder.order.ports import OrderRepository


@dataclass(frozen=True, slots=True)
class RefundPayments:
    """An order with payments to refund."""

    order_id: str


@dataclass(frozen=True, slots=True)
class RefundPaymentsHandler:
    """Refunds payments. Stripe makes a refund once: each has an idempotency key.

    What is due is computed from what Stripe states, so a refund that was made by hand counts.
    """

    orders: OrderRepository
    refunds: Refunds
    reconcile: Callable[[ReconcilePayment], None]

    def __call__(self, command: RefundPayments) -> None:
        """Refund what is due of each payment, and record the refunds with the order.

        Raises:
            OrderMissingError: the order is not stored.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        failures: list[Exception] = []
        for payment in self.orders.get(command.order_id).refunds_due:
            try:
                self._refund(command.order_id, payment.session_id)
            except Exception as error:  # noqa: BLE001 - a refund that is refused must not stop the others
                failures.append(error)
        if failures:
            raise failures[0]

    def _refund(self, order_id: str, session_id: str) -> None:
        looked_at = ReconcilePayment(order_id, session_id)
        self.reconcile(looked_at)
        order = self.orders.get(order_id)
        for payment in order.refunds_due:
            if payment.session_id == session_id:
                self.refunds.refund(order_id, payment, order.resumed)
        self.reconcile(looked_at)
