"""What Stripe's refusal to make a payment page means for the attempt and for the order."""

import re
from typing import Final

import stripe

from gorder.errors import GorderError
from gorder.payment.model import CheckoutRefusedError, Payable
from gorder.payment.ports import CheckoutAttemptSpentError, CheckoutExpiryTooNearError

_REFUSAL_LENGTH: Final = 100
_AMOUNTS: Final = {"amount_too_large", "amount_too_small"}
_LINE: Final = re.compile(r"line_items\[(\d+)\]")
# "No such price: 'price_…'; a similar object exists in test mode, but a live mode key was used".
_OTHER_MODE: Final = "a similar object exists in"


def refused_page(error: stripe.StripeError, payable: Payable) -> GorderError | None:
    """Return what the refusal means, or None if it says nothing about this order.

    - An expiry that is too near, an answer that Stripe has kept for the attempt, or a key that was
      used with other parameters (a deployment changed one of them): the attempt is spent.
    - An invalid request about its lines or its amount: Stripe refuses the order.
    - Any other invalid request, 401, 403 and the key of another mode are the shop's configuration
      (a return address, the account's name). They would close every order, so they stay defects:
      they are retried until a person corrects them. The key of another account looks like a deleted
      price, and closes orders.
    - Everything else may pass.
    """
    match error:
        case stripe.InvalidRequestError():
            return _invalid(error, payable)
        case stripe.IdempotencyError():
            return _spent(payable, "was begun with other parameters")
        case stripe.AuthenticationError() | stripe.PermissionError():
            return None
    # Stripe keeps the answer to the first request with a key, "including 500 errors":
    # https://docs.stripe.com/api/idempotent_requests
    is_kept = (error.headers or {}).get("idempotent-replayed") == "true"
    return _spent(payable, "has an answer that Stripe keeps") if is_kept else None


def _invalid(error: stripe.InvalidRequestError, payable: Payable) -> GorderError | None:
    if error.param == "expires_at":
        return CheckoutExpiryTooNearError(
            f"order {payable.order_id}: attempt {payable.attempt} ends too soon for a page"
        )
    if _OTHER_MODE in str(error) or not _is_about_the_order(error):
        return None
    return CheckoutRefusedError(_refusal(error), _text(error, payable))


def _is_about_the_order(error: stripe.InvalidRequestError) -> bool:
    """Whether the refusal is about the order's lines or amount, and not about all orders."""
    return (error.param or "").startswith("line_items") or error.code in _AMOUNTS


def _spent(payable: Payable, why: str) -> CheckoutAttemptSpentError:
    return CheckoutAttemptSpentError(
        f"order {payable.order_id}: attempt {payable.attempt} {why}; a retry plans the next attempt"
    )


def _refusal(error: stripe.InvalidRequestError) -> str:
    """Return the kind of the refusal: two alike have the same code and parameter."""
    return f"{error.code or 'invalid_request'}:{error.param or ''}"[:_REFUSAL_LENGTH]


def _text(error: stripe.InvalidRequestError, payable: Payable) -> str:
    """Return Stripe's text with the order and the price that it is about, or all of its prices."""
    prices = [line.price_id for line in payable.lines]
    found = _LINE.match(error.param or "")
    if found and int(found[1]) < len(prices):
        prices = [prices[int(found[1])]]
    return f"order {payable.order_id}, {', '.join(prices)}: {error.user_message or error}"
