"""Ask Stripe for a payment page and its payment."""

from dataclasses import dataclass

from gorder.payment.model import PageReport
from gorder.payment.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class GetPage:
    """A request for a page."""

    session_id: str


@dataclass(frozen=True, slots=True)
class GetPageHandler:
    """Returns pages as Stripe states them now."""

    gateway: PaymentGateway

    def __call__(self, query: GetPage) -> PageReport:
        """Return the page, with the refunds and the dispute of its payment.

        Raises:
            PaymentGatewayRefusedError: Stripe does not know the page; a person must look at it.
            PaymentGatewayUnavailableError: try again.
        """
        return self.gateway.page(query.session_id)
