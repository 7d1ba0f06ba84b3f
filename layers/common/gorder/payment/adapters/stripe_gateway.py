"""Payment pages as Stripe Checkout Sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import stripe

from gorder.payment.model import CheckoutPage, PageEnd, PagePayment, PageState, Payable
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)

if TYPE_CHECKING:
    from stripe.checkout import Session

# Of the payment of a page that is complete: it failed, and the page cannot be paid again.
_FAILED = {"requires_payment_method", "canceled"}


class StripeGateway:
    """`PaymentGateway` on Stripe.

    Only ids go into metadata: a value holds 500 characters, an order may not fit
    (https://docs.stripe.com/metadata).
    """

    def __init__(self, client: stripe.StripeClient, return_url: str) -> None:
        self._client = client
        self._return_url = return_url

    def create_page(self, payable: Payable) -> CheckoutPage:
        with translated():
            session = self._create(payable)
        if session.url is None or session.amount_total is None or session.currency is None:
            raise PaymentGatewayRefusedError(f"session {session.id} has no page to show")
        return CheckoutPage(session.id, session.url, session.amount_total, session.currency)

    def _create(self, payable: Payable) -> "Session":
        try:
            return self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "line_items": [
                        {"price": line.price_id, "quantity": line.quantity}
                        for line in payable.lines
                    ],
                    "client_reference_id": payable.order_id,
                    "metadata": {"order_id": payable.order_id, "trace_id": payable.trace_id},
                    "payment_intent_data": {"metadata": {"order_id": payable.order_id}},
                    "adaptive_pricing": {"enabled": False},
                    "expires_at": int(payable.expires_at.timestamp()),
                    "success_url": self._return_url,
                },
                {"idempotency_key": payable.idempotency_key},
            )
        except stripe.StripeError as error:
            if _is_final(error):
                raise CheckoutAttemptSpentError(payable.idempotency_key) from error
            raise


class StripePageExpiry:
    """`PageExpiry` on Stripe."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._sessions = client.v1.checkout.sessions

    def expire_page(self, session_id: str) -> PageEnd:
        with translated():
            session = self._expire_or_look(session_id)
        match session.status, session.payment_status:
            case "expired", _:
                return PageEnd(PageState.EXPIRED)
            case "complete", "paid" | "no_payment_required":
                return PageEnd(PageState.PAID, _payment(session))
            case "complete", _ if _has_failed(session):
                return PageEnd(PageState.EXPIRED)
            case "complete", _:
                return PageEnd(PageState.PROCESSING)
        raise PaymentGatewayRefusedError(f"session {session_id} can still be paid")

    def _expire_or_look(self, session_id: str) -> "Session":
        """Stripe refuses to expire what is not open, and does not say what it is instead."""
        try:
            return self._sessions.expire(session_id)
        except stripe.InvalidRequestError:
            return self._sessions.retrieve(session_id, {"expand": ["payment_intent"]})


def _is_final(error: stripe.StripeError) -> bool:
    """Whether the same attempt will be answered alike for ever.

    A kept answer says so, "including 500 errors": https://docs.stripe.com/api/idempotent_requests
    """
    replayed = (error.headers or {}).get("idempotent-replayed") == "true"
    return replayed or (
        isinstance(error, stripe.InvalidRequestError) and error.param == "expires_at"
    )


def _has_failed(session: "Session") -> bool:
    intent = session.payment_intent
    return isinstance(intent, stripe.PaymentIntent) and intent.status in _FAILED


def _payment(session: "Session") -> PagePayment:
    order_id, amount, currency = (
        session.client_reference_id,
        session.amount_total,
        session.currency,
    )
    if order_id is None or amount is None or currency is None:
        raise PaymentGatewayRefusedError(f"session {session.id} is of no order of ours")
    intent = session.payment_intent
    return PagePayment(
        order_id=order_id,
        trace_id=session.metadata["trace_id"] if session.metadata else "",
        session_id=session.id,
        payment_intent_id=intent.id if isinstance(intent, stripe.PaymentIntent) else intent,
        amount=amount,
        currency=currency,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors as the payment service's own.

    Raises:
        PaymentGatewayUnavailableError, PaymentGatewayRefusedError
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise PaymentGatewayUnavailableError(type(error).__name__) from error
    except stripe.StripeError as error:
        raise PaymentGatewayRefusedError(str(error)) from error
