"""Refunds payments for the order service with the payment service's command."""

from dataclasses import dataclass

from gorder.order.payments import Payment
from gorder.payment.commands.refund_payment import RefundPayment, RefundPaymentHandler
from gorder.payment.model import DueRefund
from gorder.payment.ports import PaymentGateway
from gorder.runtime.decorators import Handler, observed


@dataclass(frozen=True, slots=True)
class PaymentServiceRefunds:
    """Implements `order.ports.Refunds` with the payment service's command."""

    refund_payment: Handler[RefundPayment, None]

    def refund(self, order_id: str, payment: Payment, resumed: int) -> None:
        due = DueRefund(
            order_id=order_id,
            payment_intent_id=payment.key,
            amount=payment.refund_due,
            reason=payment.refund_reason or "",
            attempt=f"{len(payment.refunds)}-{resumed}",
        )
        self.refund_payment(RefundPayment(due))

    def refund_rest(self, order_id: str, payment: Payment, reason: str) -> None:
        due = DueRefund(
            order_id=order_id,
            payment_intent_id=payment.key,
            amount=payment.kept,
            reason=reason,
            attempt=f"{reason}-{payment.failed_refunds}",
        )
        self.refund_payment(RefundPayment(due))


def payment_refunds(gateway: PaymentGateway) -> PaymentServiceRefunds:
    return PaymentServiceRefunds(observed("RefundPayment", RefundPaymentHandler(gateway)))
