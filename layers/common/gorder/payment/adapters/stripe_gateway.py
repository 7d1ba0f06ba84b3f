"""Payment pages as Stripe Checkout Sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import stripe

from gorder.payment.model import (
    PAID_STATUSES,
    CheckoutPage,
    PageEnd,
    PagePayment,
    PageState,
    Payable,
)
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)

if TYPE_CHECKING:
    from stripe.checkout import Session

# Statuses of a payment that failed after its page was complete. Such a page cannot be paid again.
_FAILED: Final = {"requires_payment_method", "canceled"}


class StripeGateway:
    """`PaymentGateway` on Stripe.

    Metadata holds ids only: a value has 500 characters at most, and an order can have more
    (https://docs.stripe.com/metadata).
    """

    def __init__(self, client: stripe.StripeClient) -> None:
        self._sessions = client.v1.checkout.sessions

    def create_page(self, payable: Payable, return_url: str) -> CheckoutPage:
        with translated():
            session = self._create(payable, return_url)
            if session.url is None or session.amount_total is None or session.currency is None:
                raise PaymentGatewayRefusedError(
                    f"Stripe made session {session.id} of order {payable.order_id} "
                    "without an address, amount or currency"
                )
            return CheckoutPage(
                session_id=session.id,
                url=session.url,
                amount_total=session.amount_total,
                currency=session.currency,
            )

    def expire_page(self, session_id: str) -> PageEnd:
        with translated():
            session = self._expire_or_retrieve(session_id)
            match session.status, session.payment_status:
                case "expired", _:
                    return PageEnd(PageState.EXPIRED)
                case "complete", _ if _is_paid(session):
                    return PageEnd(PageState.PAID, _payment(session))
                case "complete", _ if _has_failed(session):
                    return PageEnd(PageState.EXPIRED)
                case "complete", _:
                    return PageEnd(PageState.PROCESSING)
            raise PaymentGatewayRefusedError(
                f"session {session_id} is {session.status} and can still be paid"
            )

    def payment(self, session_id: str) -> PagePayment | None:
        with translated():
            session = self._sessions.retrieve(session_id)
            return _payment(session) if _is_paid(session) else None

    def _create(self, payable: Payable, return_url: str) -> "Session":
        try:
            return self._sessions.create(
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
                    "success_url": return_url,
                },
                {"idempotency_key": payable.idempotency_key},
            )
        except stripe.StripeError as error:
            if _is_final(error):
                raise CheckoutAttemptSpentError(
                    f"order {payable.order_id}: attempt {payable.attempt} cannot have a page; "
                    "a retry plans the next attempt"
                ) from error
            raise

    def _expire_or_retrieve(self, session_id: str) -> "Session":
        """Expire the session, or retrieve it if Stripe refuses because it is not open."""
        try:
            return self._sessions.expire(session_id)
        except stripe.InvalidRequestError:
            return self._sessions.retrieve(session_id, {"expand": ["payment_intent"]})


def _is_final(error: stripe.StripeError) -> bool:
    """Return whether Stripe will answer the same attempt with the same error.

    Stripe stores the answer to the first request with a key, "including 500 errors":
    https://docs.stripe.com/api/idempotent_requests
    """
    replayed = (error.headers or {}).get("idempotent-replayed") == "true"
    return replayed or (
        isinstance(error, stripe.InvalidRequestError) and error.param == "expires_at"
    )


def _is_paid(session: "Session") -> bool:
    return session.status == "complete" and session.payment_status in PAID_STATUSES


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
        raise PaymentGatewayRefusedError(f"session {session.id} does not belong to a gorder order")
    intent = session.payment_intent
    metadata = session.metadata.to_dict() if session.metadata else {}
    return PagePayment(
        order_id=order_id,
        trace_id=metadata.get("trace_id", ""),
        session_id=session.id,
        payment_intent_id=intent.id if isinstance(intent, stripe.PaymentIntent) else intent,
        amount=amount,
        currency=currency,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translate Stripe's errors, and answers without an expected field.

    Raises:
        PaymentGatewayUnavailableError, PaymentGatewayRefusedError
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise PaymentGatewayUnavailableError(
            f"Stripe did not answer: {type(error).__name__}"
        ) from error
    except stripe.StripeError as error:
        raise PaymentGatewayRefusedError(str(error)) from error
    except (AttributeError, KeyError) as error:  # what a Stripe object raises for a missing field
        raise PaymentGatewayRefusedError(f"Stripe's answer has no {error}") from error
