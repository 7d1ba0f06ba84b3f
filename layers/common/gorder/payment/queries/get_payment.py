"""Ask Stripe for the payment made on a payment page."""

from dataclasses import dataclass

from gorder.payment.model import PagePayment
from gorder.payment.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class GetPayment:
    """A request for the payment made on a page."""

    session_id: str


@dataclass(frozen=True, slots=True)
class GetPaymentHandler:
    """Returns payments as Stripe states them now."""

    gateway: PaymentGateway

    def __call__(self, query: GetPayment) -> PagePayment | None:
        """Return the payment, or None if the page is not paid.

        Raises:
            PaymentGatewayRefusedError: Stripe does not know the page; a person must look at it.
            PaymentGatewayUnavailableError: try again.
        """
        return self.gateway.payment(query.session_id)
