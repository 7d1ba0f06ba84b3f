"""Keep a payment on record whose order is not stored."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.errors import PaymentNotReconciled
from gorder.order.payment_ports import Payments
from gorder.order.payments import KeptPayment, UnmatchedPayment
from gorder.order.ports import Clock, OrderRepository


@dataclass(frozen=True, slots=True)
class KeepPayment:
    """A request of staff to keep a payment, by Stripe's id, with the reason in their words."""

    payment: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class KeepPaymentHandler:
    """Records the payment as Stripe states it now, and who keeps it. It refunds nothing.

    Kept again, the record has the other reason or person, too, and what was refunded since. One
    that was changed by hand and cannot be read is replaced; those who can be read in it stay.
    """

    orders: OrderRepository
    payments: Payments
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: KeepPayment) -> UnmatchedPayment:
        """Keep the payment; return the record.

        Raises:
            PaymentNotReconciled: it is not of this shop, or its order is stored.
            OrderStoreUnavailableError, or an error of the payment service: try again.
        """
        found = self.payments.page_of(command.payment)
        page = self.payments.page(found.session_id) if found else None
        if found is None or page is None or page.payment is None or not page.is_marked:
            raise PaymentNotReconciled(
                f"Payment {command.payment} was made on no page of this shop: check its id."
            )
        order_id = found.order_id
        self.telemetry.bind(order_id)
        if order_id in self.orders.payment_keys([order_id]):
            raise PaymentNotReconciled(
                f"The order of payment {command.payment} is stored: gorder orders reconcile "
                f"{order_id} --payment {command.payment}"
            )
        kept, at = KeptPayment(command.by, command.reason), self.clock()
        self.orders.keep_unmatched(order_id, page.payment, at, kept)
        self.telemetry.info(
            "payment.kept", by=command.by, reason=command.reason, payment=command.payment
        )
        return UnmatchedPayment(order_id, page.payment, at, (kept,))
