"""Verifies Stripe's webhooks and translates them into gorder's events."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import ValidationError
from stripe import SignatureVerificationError, WebhookSignature

from gorder.contracts.base import describe_validation_error
from gorder.contracts.events import (
    CatalogueChanged,
    EventType,
    PaymentData,
    PaymentFact,
    PaymentReference,
    PaymentSucceeded,
    ProductData,
)
from gorder.payment.ports import InvalidWebhook

_TOLERANCE_SECONDS = 300  # Stripe's own default
type _Fact = Literal[
    EventType.PAYMENT_FAILED,
    EventType.CHECKOUT_EXPIRED,
    EventType.PAYMENT_REFUNDED,
    EventType.REFUND_FAILED,
    EventType.PAYMENT_DISPUTED,
]
_FACTS: dict[str, _Fact] = {
    "checkout.session.async_payment_failed": EventType.PAYMENT_FAILED,
    "checkout.session.expired": EventType.CHECKOUT_EXPIRED,
    "charge.refunded": EventType.PAYMENT_REFUNDED,
    "refund.failed": EventType.REFUND_FAILED,
    "charge.dispute.created": EventType.PAYMENT_DISPUTED,
}
_CATALOGUE = {
    f"{thing}.{change}"
    for thing in ("product", "price")
    for change in ("created", "updated", "deleted")
}
PAYING: Final = frozenset(
    {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
)
UNDERSTOOD: Final = frozenset({*_FACTS, *_CATALOGUE, *PAYING})
_PAID: Final = {"paid", "no_payment_required"}


class StripeWebhookReader:
    """Implements `WebhookReader`. An empty secret is refused, because anyone could sign with it."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        if not secret.strip():
            raise ValueError("the webhook secret is empty: set webhook_secret in the Stripe secret")
        self._secret = secret
        self._clock = clock

    def read(
        self, body: bytes, signature: str, trace_id: str
    ) -> PaymentSucceeded | PaymentFact | CatalogueChanged | None:
        self._verify(body, signature)
        try:
            event = json.loads(body)
            return _translate(event, event["data"]["object"], trace_id)
        except ValidationError as error:
            raise InvalidWebhook(
                f"The body is not a Stripe event: {describe_validation_error(error)}"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise InvalidWebhook("The body is not a Stripe event.") from None

    def _verify(self, body: bytes, signature: str) -> None:
        try:
            WebhookSignature.verify_header(body, signature, self._secret, _TOLERANCE_SECONDS)
        except (SignatureVerificationError, UnicodeDecodeError, TypeError) as error:
            # TypeError: the SDK cannot compare a header that is not ASCII.
            raise InvalidWebhook(
                "The Stripe-Signature does not match the body, or is older than five minutes."
            ) from error
        # The SDK checks the past only: a signature dated in the future could be replayed.
        signed_at = re.search(r"(?:^|,)t=(\d+)", signature)
        if signed_at is None or int(signed_at[1]) > self._clock().timestamp() + _TOLERANCE_SECONDS:
            raise InvalidWebhook("The Stripe-Signature is dated in the future.")


def _translate(
    event: dict[str, Any], thing: dict[str, Any], trace_id: str
) -> PaymentSucceeded | PaymentFact | CatalogueChanged | None:
    if event["type"] in _CATALOGUE:
        return _catalogue_changed(event, thing, trace_id)
    metadata = thing.get("metadata") or {}
    order_id = metadata.get("order_id")
    common = {
        "event_id": event["id"],
        "occurred_at": datetime.fromtimestamp(event["created"], UTC),
        "trace_id": metadata.get("trace_id") or trace_id,
    }
    if event["type"] in PAYING:
        if order_id is None or thing["payment_status"] not in _PAID:
            return None
        return PaymentSucceeded(**common, data=_payment(order_id, thing))
    if fact := _FACTS.get(event["type"]):
        reference = PaymentReference(
            order_id=order_id,
            stripe_object_id=thing["id"],
            payment_intent_id=thing.get("payment_intent"),
        )
        return PaymentFact(**common, event_type=fact, data=reference)
    return None


def _catalogue_changed(
    event: dict[str, Any], thing: dict[str, Any], trace_id: str
) -> CatalogueChanged:
    return CatalogueChanged(
        event_id=event["id"],
        occurred_at=datetime.fromtimestamp(event["created"], UTC),
        trace_id=trace_id,
        data=ProductData(product_id=thing["product" if thing["object"] == "price" else "id"]),
    )


def _payment(order_id: str, session: dict[str, Any]) -> PaymentData:
    return PaymentData(
        order_id=order_id,
        session_id=session["id"],
        payment_intent_id=session["payment_intent"],
        amount=session["amount_total"],
        currency=session["currency"],
    )
