"""What the payment service needs from Stripe and from other services."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Protocol

from gorder.contracts.events import (
    CatalogueChanged,
    PaymentData,
    PaymentFact,
    PaymentSucceeded,
)
from gorder.errors import BusinessError, DefectError, TransientError
from gorder.payment.model import (
    CheckoutPage,
    CheckoutRefusedError,
    DueRefund,
    ListedEvent,
    PageOptions,
    PageOrder,
    PageReport,
    Payable,
)

type StripeFact = PaymentSucceeded | PaymentFact | CatalogueChanged


class PaymentGatewayUnavailableError(TransientError):
    """Stripe did not answer, or limits the rate of requests."""

    code = "payment_gateway_unavailable"


class PaymentGatewayRefusedError(DefectError):
    """Stripe refused the request. A person must correct gorder's settings.

    A wrong API key and a missing permission (401, 403) are among them: they are the shop's
    configuration and close no customer's order, so the message is retried.
    """

    code = "payment_gateway_refused"


class CheckoutAttemptSpentError(TransientError):
    """The attempt cannot have a page: Stripe has kept another answer for it.

    Stripe repeats a kept answer to the same attempt, even an internal error of its own, and refuses
    the attempt if it was begun with other parameters, which a deployment may have changed.
    """

    code = "checkout_attempt_spent"


class CheckoutExpiryTooNearError(CheckoutAttemptSpentError):
    """The attempt cannot have a page: its expiry is too near, because its message has waited."""

    code = "checkout_expiry_too_near"


class InvalidWebhook(BusinessError):
    """The webhook is forged, older than five minutes, dated in the future, or not an event."""

    status = 400
    code = "invalid_webhook"


class PaymentGateway(Protocol):
    """Makes payment pages, expires them, and reads and refunds their payments.

    Every method raises PaymentGatewayUnavailableError and PaymentGatewayRefusedError.
    """

    def create_page(self, payable: Payable, options: PageOptions) -> CheckoutPage:
        """Return the page of this attempt. Repeated, it returns the same page.

        Raises CheckoutAttemptSpentError, also if the options were changed since,
        CheckoutExpiryTooNearError and CheckoutRefusedError.
        """
        ...

    def expire_page(self, session_id: str) -> PageReport:
        """Expire the page unless it is paid or being paid; return its state. Can be repeated.

        A page that Stripe does not know is expired: it cannot be paid.
        """
        ...

    def page(self, session_id: str) -> PageReport:
        """Return the page with the refunds and the dispute of its payment."""
        ...

    def page_of(self, payment_intent_id: str) -> PageOrder | None:
        """Return where a payment was made, or None if it was made on none of gorder's pages."""
        ...

    def refund(self, due: DueRefund) -> None:
        """Make the refund. Repeated, it is made once. One that is refunded already is left."""
        ...


class Payables(Protocol):
    """The order service, as the payment service uses it."""

    def begin(self, order_id: str, delivered_event_id: str) -> Payable:
        """Return the order with the attempt to make its page that is planned."""
        ...

    def retry(self, attempted: Payable, delivered_event_id: str, *, too_near: bool) -> Payable:
        """Plan the attempt after the given one, which is spent, and return the order with it.

        `too_near`: the expiry was too near. The order is closed if it has waited too long.
        """
        ...

    def refuse(
        self, attempted: Payable, error: CheckoutRefusedError, delivered_event_id: str
    ) -> Payable:
        """Save that Stripe refuses the order. The second refusal alike closes it.

        Otherwise the next attempt is planned. Return the order.
        """
        ...

    def await_payment(
        self, attempted: Payable, page: CheckoutPage, delivered_event_id: str
    ) -> bool:
        """Save the page of this attempt, and take the delivered event out of the order's outbox.

        Return False if it is not the order's page, because the order was closed or has another
        attempt meanwhile: it must not be paid.
        """
        ...


class WebhookReader(Protocol):
    """Verifies and parses Stripe's webhooks."""

    def read(self, body: bytes, signature: str, trace_id: str) -> StripeFact | None:
        """Return the event in a webhook, or None if gorder does not handle it.

        Raises InvalidWebhook, and BodyTooLarge if the body has more than 256 KiB.
        """
        ...


class StripeEvents(Protocol):
    """Stripe's list of its events. Stripe keeps them for 30 days.

    The methods yield the events created after `after`, and not after `until`, newest first. They
    raise PaymentGatewayUnavailableError and PaymentGatewayRefusedError.
    """

    def undelivered(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        """Yield the events that an endpoint of the account has not accepted."""
        ...

    def about_money(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        """Yield the events about payments, refunds and disputes."""
        ...

    def translate(self, listed: ListedEvent, trace_id: str) -> StripeFact | None:
        """Return the event as a webhook with it would be read. Raises InvalidWebhook."""
        ...


class PaymentRecords(Protocol):
    """The order service, as the payment service asks it for payments."""

    def unrecorded(self, payments: Collection[PaymentData]) -> Collection[PaymentData]:
        """Return the payments that are not recorded with their order, if that is stored."""
        ...
