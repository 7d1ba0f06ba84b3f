"""Verifies the Stripe-Signature header of a webhook.

https://docs.stripe.com/webhooks#verify-manually
"""

import re
from datetime import datetime
from typing import Final

from stripe import SignatureVerificationError, WebhookSignature

from gorder.payment.ports import InvalidWebhook

_TOLERANCE_SECONDS: Final = 300  # Stripe's own default
MAX_SIGNATURE_LENGTH: Final = 2048
_MAX_PARTS: Final = 16  # Stripe signs with each secret of the last 24 hours
_PART: Final = re.compile(
    r"t=(?P<time>[1-9][0-9]{0,11})"
    r"|v1=(?P<signature>[0-9a-f]{64})"
    r"|(?!t=|v1=)[a-z][a-z0-9]{0,9}=[!-~]+"  # another scheme: v0 in test mode
)


def verify_signature(body: bytes, header: str, secret: str, now: datetime) -> None:
    """Check that Stripe signed the body within five minutes of `now`.

    The header is parsed here only: the SDK gets one in canonical form. Its own parser takes the
    first `t`, with a sign, spaces and underscores, and checks the past but not the future.

    Raises:
        InvalidWebhook: the header has another form, another time, or no signature of the body.
    """
    time, signatures = _parse(header)
    if abs(now.timestamp() - time) > _TOLERANCE_SECONDS:
        raise InvalidWebhook("The time in the Stripe-Signature is not within five minutes of now.")
    canonical = ",".join([f"t={time}", *(f"v1={signature}" for signature in signatures)])
    try:
        WebhookSignature.verify_header(body, canonical, secret)
    except (SignatureVerificationError, UnicodeDecodeError) as error:
        raise InvalidWebhook("The Stripe-Signature does not match the body.") from error


def _parse(header: str) -> tuple[int, list[str]]:
    """Return the time and the v1 signatures. There may be several while a secret is rolled."""
    parts = header[: MAX_SIGNATURE_LENGTH + 1].split(",")
    found = [match for part in parts if (match := _PART.fullmatch(part))]
    times = [match["time"] for match in found if match["time"]]
    signatures = [match["signature"] for match in found if match["signature"]]
    too_long = len(header) > MAX_SIGNATURE_LENGTH or len(parts) > _MAX_PARTS
    if too_long or len(found) < len(parts) or len(times) != 1 or not signatures:
        raise InvalidWebhook(
            "The Stripe-Signature has another form than t=<time>,v1=<signature>: one time in "
            "seconds, and one or more signatures of 64 hexadecimal digits."
        )
    return int(times[0]), signatures
