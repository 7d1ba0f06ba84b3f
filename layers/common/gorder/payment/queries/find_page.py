"""Find the payment page on which a payment was made."""

from dataclasses import dataclass

from gorder.payment.model import PageOrder
from gorder.payment.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class FindPage:
    """A request for the page of a payment."""

    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class FindPageHandler:
    """Finds pages. A payment of another application of the Stripe account has none of gorder's."""

    gateway: PaymentGateway

    def __call__(self, query: FindPage) -> PageOrder | None:
        """Return the page and its order, or None.

        Raises:
            PaymentGatewayRefusedError: Stripe refuses the request; a person must look at it.
            PaymentGatewayUnavailableError: try again.
        """
        return self.gateway.page_of(query.payment_intent_id)
