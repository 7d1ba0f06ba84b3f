"""Stripe's webhooks, signed as Stripe signs them (https://docs.stripe.com/webhooks#verify-manually)."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from tests.fakes.examples import ORDER_ID, SESSION_ID, TRACE_ID

SECRET = "whsec_test"


def signature(body: bytes, at: datetime, secret: str = SECRET) -> str:
    """Return the Stripe-Signature header of a body sent at that time."""
    timestamp = str(int(at.timestamp()))
    signed = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hex()}"


def session(**changes: object) -> dict[str, Any]:
    """Return the fields of a paid Checkout Session that gorder reads."""
    return {
        "id": SESSION_ID,
        "object": "checkout.session",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 1650,
        "currency": "eur",
        "metadata": {"order_id": ORDER_ID, "trace_id": TRACE_ID},
    } | changes


def event(type_: str, thing: object, **changes: object) -> bytes:
    """Return the body of a webhook."""
    envelope = {
        "id": "evt_1",
        "object": "event",
        "type": type_,
        "created": 1_795_435_200,
        "data": {"object": thing},
    }
    return json.dumps(envelope | changes).encode()
