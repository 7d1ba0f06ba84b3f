"""Reads payments for the order service with the payment service's query."""

from dataclasses import dataclass

from gorder.order.model import Payment
from gorder.payment.model import PagePayment
from gorder.payment.ports import PaymentGateway
from gorder.payment.queries.get_payment import GetPayment, GetPaymentHandler
from gorder.runtime.decorators import Handler, observed


@dataclass(frozen=True, slots=True)
class PaymentServicePayments:
    """Implements `order.ports.Payments` with the payment service's query."""

    get_payment: Handler[GetPayment, PagePayment | None]

    def received(self, order_id: str, session_id: str) -> Payment | None:
        found = self.get_payment(GetPayment(session_id))
        if found is None or found.order_id != order_id:
            return None
        return Payment(found.session_id, found.payment_intent_id, found.amount, found.currency)


def received_payments(gateway: PaymentGateway) -> PaymentServicePayments:
    return PaymentServicePayments(observed("GetPayment", GetPaymentHandler(gateway)))
