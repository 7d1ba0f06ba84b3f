"""Refunds payments for the order service with the payment service's command."""

from dataclasses import dataclass

from gorder.order.payments import Payment
from gorder.payment.commands.refund_payment import RefundPayment, RefundPaymentHandler
from gorder.payment.model import DueRefund
from gorder.payment.ports import PaymentGateway
from gorder.runtime.decorators import Handler, observed


@dataclass(frozen=True, slots=True)
class PaymentServiceRefunds:
    """Implements `order.payment_ports.Refunds` with the payment service's command."""

    refund_payment: Handler[RefundPayment, None]

    def refund(self, order_id: str, payment: Payment, resumed: int) -> None:
        attempt = f"{len(payment.refunds)}-{resumed}"
        self._refund(order_id, payment, payment.refund_due, payment.refund_reason or "", attempt)

    def refund_rest(self, order_id: str, payment: Payment, reason: str) -> None:
        attempt = f"{reason}-{payment.failed_refunds}"
        self._refund(order_id, payment, payment.kept, reason, attempt)

    def refund_part(
        self, order_id: str, payment: Payment, amount: int, reason: str, refunded_before: int
    ) -> None:
        attempt = f"{reason}-{refunded_before}-{payment.failed_refunds}"
        self._refund(order_id, payment, amount, reason, attempt, refunded_before)

    def _refund(
        self,
        order_id: str,
        payment: Payment,
        amount: int,
        reason: str,
        attempt: str,
        refunded_before: int | None = None,
    ) -> None:
        due = DueRefund(
            order_id=order_id,
            payment_intent_id=payment.key,
            amount=amount,
            reason=reason,
            attempt=attempt,
            refunded_before=refunded_before,
        )
        self.refund_payment(RefundPayment(due))


def payment_refunds(gateway: PaymentGateway) -> PaymentServiceRefunds:
    return PaymentServiceRefunds(observed("RefundPayment", RefundPaymentHandler(gateway)))
