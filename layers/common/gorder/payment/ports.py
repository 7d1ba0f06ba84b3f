"""What the payment service needs from outside."""

from typing import Protocol

from gorder.contracts.events import CatalogueChanged, PaymentFact, PaymentSucceeded
from gorder.errors import BusinessError, DefectError, TransientError
from gorder.payment.model import CheckoutPage, PageEnd, Payable


class PaymentGatewayUnavailableError(TransientError):
    """Stripe did not answer, or asked to be asked later."""

    code = "payment_gateway_unavailable"


class PaymentGatewayRefusedError(DefectError):
    """Stripe says the request is wrong: ours, or the catalogue's, to mend."""

    code = "payment_gateway_refused"


class CheckoutAttemptSpentError(TransientError):
    """The attempt will never have a page: its expiry is too near, or it was refused for good.

    Stripe gives the same answer to the same attempt, a failure of its own too.
    """

    code = "checkout_attempt_spent"


class InvalidWebhook(BusinessError):
    """Not from Stripe, or not now: forged, stale, future-dated or no event at all."""

    status = 400
    code = "invalid_webhook"


class PaymentGateway(Protocol):
    """Makes payment pages."""

    def create_page(self, payable: Payable) -> CheckoutPage:
        """The page for this attempt: the same page when asked again.

        Raises CheckoutAttemptSpentError, PaymentGatewayUnavailableError,
        PaymentGatewayRefusedError.
        """
        ...


class PageExpiry(Protocol):
    """Ends payment pages."""

    def expire_page(self, session_id: str) -> PageEnd:
        """See that nobody can pay on this page any more, or learn that it is too late for that.

        Raises PaymentGatewayUnavailableError, PaymentGatewayRefusedError.
        """
        ...


class Payables(Protocol):
    """The order service, as the payment service sees it."""

    def begin(self, order_id: str) -> Payable:
        """What is to be paid."""
        ...

    def retry(self, order_id: str, failed_attempt: int) -> Payable:
        """The same with the next attempt planned."""
        ...

    def await_payment(self, order_id: str, page: CheckoutPage, delivered_event_id: str) -> bool:
        """The page is there: show it to the customer. The event that asked for it is delivered.

        False if the order was closed meanwhile, so that nobody may pay on the page.
        """
        ...


class WebhookReader(Protocol):
    """Tells Stripe's words from anybody else's."""

    def read(
        self, body: bytes, signature: str, trace_id: str
    ) -> PaymentSucceeded | PaymentFact | CatalogueChanged | None:
        """The event in a webhook, or None for one that is no concern of ours.

        Raises InvalidWebhook.
        """
        ...
