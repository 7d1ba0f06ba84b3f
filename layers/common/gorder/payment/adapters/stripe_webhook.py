"""Verifies Stripe's webhooks, and translates Stripe's events into gorder's."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import ValidationError

from gorder.constraints import ID_PATTERN
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
from gorder.contracts.request_body import BodyTooLarge, InvalidBody, MalformedJson, parse_json
from gorder.payment.adapters.stripe_signature import verify_signature
from gorder.payment.model import PAID_STATUSES
from gorder.payment.ports import InvalidWebhook, StripeFact
from gorder.stripe_mark import is_ours

# Stripe states no limit. The events that gorder understands have a few KB, and at most 27,000
# characters of metadata (https://docs.stripe.com/api/metadata).
MAX_WEBHOOK_BYTES: Final = 256 * 1024
type _Fact = Literal[
    EventType.PAYMENT_FAILED,
    EventType.CHECKOUT_EXPIRED,
    EventType.PAYMENT_REFUNDED,
    EventType.REFUND_FAILED,
    EventType.PAYMENT_DISPUTED,
    EventType.DISPUTE_CLOSED,
]
_FACTS: dict[str, _Fact] = {
    "checkout.session.async_payment_failed": EventType.PAYMENT_FAILED,
    "checkout.session.expired": EventType.CHECKOUT_EXPIRED,
    "charge.refunded": EventType.PAYMENT_REFUNDED,
    "refund.updated": EventType.PAYMENT_REFUNDED,  # it was canceled, or has arrived
    "refund.failed": EventType.REFUND_FAILED,
    "charge.dispute.created": EventType.PAYMENT_DISPUTED,
    "charge.dispute.closed": EventType.DISPUTE_CLOSED,
}
_CATALOGUE = {
    f"{thing}.{change}"
    for thing in ("product", "price")
    for change in ("created", "updated", "deleted")
}
PAYING: Final = frozenset(
    {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
)
# An expired page is left out, because the sweep closes its order at its deadline.
ABOUT_MONEY: Final = frozenset({*PAYING, *_FACTS} - {"checkout.session.expired"})
UNDERSTOOD: Final = frozenset({*_FACTS, *_CATALOGUE, *PAYING})


class StripeWebhookReader:
    """Implements `WebhookReader`. An empty secret is refused, because anyone could sign with it."""

    def __init__(self, secret: str, clock: Callable[[], datetime], stack: str) -> None:
        if not secret.strip():
            raise ValueError("the webhook secret is empty: set webhook_secret in its secret")
        self._secret = secret
        self._clock = clock
        self._stack = stack

    def read(self, body: bytes, signature: str, trace_id: str) -> StripeFact | None:
        if len(body) > MAX_WEBHOOK_BYTES:
            raise BodyTooLarge(
                f"The body has {len(body)} bytes; at most {MAX_WEBHOOK_BYTES} are allowed."
            )
        verify_signature(body, signature, self._secret, self._clock())
        try:
            event = parse_json(body)
        except (MalformedJson, InvalidBody) as error:
            raise InvalidWebhook(f"The body is not a Stripe event: {error}") from None
        return translate(event, self._stack, trace_id)


def translate(event: Any, stack: str, trace_id: str) -> StripeFact | None:  # noqa: ANN401 - any JSON
    """Translate an event of Stripe. Return None if gorder, or this stack, does not use it.

    Raises:
        InvalidWebhook: a field is missing or has another form.
    """
    try:
        thing = event["data"]["object"]
        # A product's mark may have changed since, so it is judged when the product is read.
        is_product = event["type"] in _CATALOGUE
        if not is_product and not is_ours(thing.get("metadata") or {}, stack):
            return None
        return _translate(event, thing, trace_id)
    except ValidationError as error:
        raise InvalidWebhook(
            f"The body is not a Stripe event: {describe_validation_error(error)}"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        raise InvalidWebhook("The body is not a Stripe event.") from None


def _translate(event: dict[str, Any], thing: dict[str, Any], trace_id: str) -> StripeFact | None:
    if event["type"] in _CATALOGUE:
        return _catalogue_changed(event, thing, trace_id)
    metadata = thing.get("metadata") or {}
    order_id = _order_id(metadata)
    common = {
        "event_id": event["id"],
        "occurred_at": _time(event["created"]),
        "trace_id": (order_id and metadata.get("trace_id")) or trace_id,
    }
    if event["type"] in PAYING:
        if order_id is None or thing["payment_status"] not in PAID_STATUSES:
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


def _order_id(metadata: dict[str, Any]) -> str | None:
    """Return the id of an order, or None for an object of another application of the account."""
    order_id = metadata.get("order_id")
    return order_id if order_id is not None and re.fullmatch(ID_PATTERN, order_id) else None


def _catalogue_changed(
    event: dict[str, Any], thing: dict[str, Any], trace_id: str
) -> CatalogueChanged:
    return CatalogueChanged(
        event_id=event["id"],
        occurred_at=_time(event["created"]),
        trace_id=trace_id,
        data=ProductData(product_id=thing["product" if thing["object"] == "price" else "id"]),
    )


def _time(seconds: object) -> datetime:
    if type(seconds) is not int:
        raise TypeError("a time is a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _payment(order_id: str, session: dict[str, Any]) -> PaymentData:
    return PaymentData(
        order_id=order_id,
        session_id=session["id"],
        payment_intent_id=session["payment_intent"],
        amount=session["amount_total"],
        currency=session["currency"],
    )
