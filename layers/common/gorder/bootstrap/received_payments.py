"""Reads payments for the order service with the payment service's queries."""

from dataclasses import dataclass

from gorder.bootstrap.payment_pages import OUTCOMES
from gorder.order.payment_ports import FoundPage, StatedPage
from gorder.order.payments import Payment, Refund
from gorder.payment.model import PageOrder, PagePayment, PageReport
from gorder.payment.ports import PaymentGateway
from gorder.payment.queries.find_page import FindPage, FindPageHandler
from gorder.payment.queries.get_page import GetPage, GetPageHandler
from gorder.runtime.decorators import Handler, observed


@dataclass(frozen=True, slots=True)
class PaymentServicePayments:
    """Implements `order.payment_ports.Payments` with the payment service's queries."""

    get_page: Handler[GetPage, PageReport]
    find_page: Handler[FindPage, PageOrder | None]

    def page(self, session_id: str) -> StatedPage:
        found = self.get_page(GetPage(session_id))
        return StatedPage(
            session_id=session_id,
            outcome=OUTCOMES[found.state],
            order_id=found.payment.order_id if found.payment else None,
            payment=_stated(found.payment) if found.payment else None,
            is_marked=found.payment is not None and found.payment.is_marked,
        )

    def page_of(self, payment_intent_id: str) -> FoundPage | None:
        found = self.find_page(FindPage(payment_intent_id))
        return FoundPage(found.session_id, found.order_id) if found else None


def _stated(payment: PagePayment) -> Payment:
    return Payment(
        session_id=payment.session_id,
        payment_intent_id=payment.payment_intent_id,
        amount=payment.amount,
        currency=payment.currency,
        refunds=tuple(
            Refund(r.refund_id, r.amount, r.status, r.reason, r.by, r.at, r.refunded_before)
            for r in payment.refunds
        ),
        dispute=payment.dispute,
        lost=payment.lost,
        discount=payment.discount,
        tax=payment.tax,
        added=payment.added,
    )


def received_payments(gateway: PaymentGateway) -> PaymentServicePayments:
    return PaymentServicePayments(
        observed("GetPage", GetPageHandler(gateway)),
        observed("FindPage", FindPageHandler(gateway)),
    )
