"""Which failures of Stripe are transient, by the answers that the SDK turns into its errors."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import stripe

from gorder.bootstrap.payment_link import payable
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import CheckoutRefusedError
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    CheckoutExpiryTooNearError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from tests.fakes.examples import ORDER_ID, PAGE_OPTIONS, SESSION_ID, STACK, pending


class AnsweringHttpClient(stripe.HTTPClient):
    """Answers each request the same way; with the status 0, not at all."""

    name = "answering"

    def __init__(self, status: int, body: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._status, self._body, self._headers = status, body, headers or {}

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        del method, url, headers, post_data
        if not self._status:
            raise stripe.APIConnectionError("timed out")  # type: ignore[no-untyped-call]  # Stripe's errors are untyped
        return self._body, self._status, self._headers

    def close(self) -> None:
        """Close nothing."""


def gateway(status: int, body: str, headers: Mapping[str, str] | None = None) -> StripeGateway:
    client = stripe.StripeClient(
        "rk_test_x", http_client=AnsweringHttpClient(status, body, headers), max_network_retries=0
    )
    return StripeGateway(client, STACK)


def ask(status: int, body: str) -> None:
    gateway(status, body).page(SESSION_ID)


def failure(
    type_: str = "invalid_request_error", code: str = "", message: str = "no", param: str = ""
) -> str:
    return json.dumps({"error": {"type": type_, "code": code, "message": message, "param": param}})


INACTIVE = failure(message="The price specified is inactive.", param="line_items[1][price]")
EXPIRES_AT = failure(param="expires_at")
OTHER_MODE = failure(
    code="resource_missing",
    param="line_items[0][price]",
    message="No such price: 'price_700'; a similar object exists in test mode, but a live mode key "
    "was used to make this request.",
)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(0, "", id="no answer"),
        pytest.param(400, failure(code="rate_limit"), id="a rate limit, as Stripe once coded it"),
        pytest.param(409, failure(code="idempotency_key_in_use"), id="409"),
        pytest.param(429, failure(code="rate_limit"), id="429"),
        pytest.param(500, failure("api_error"), id="500"),
        pytest.param(503, "<html>unavailable</html>", id="503 from a proxy"),
        pytest.param(200, "<html>login</html>", id="200 from a proxy"),
        pytest.param(200, "", id="200 without a body"),
        pytest.param(204, "", id="204"),
    ],
)
def test_a_failure_that_may_pass_is_transient(status: int, body: str) -> None:
    with pytest.raises(PaymentGatewayUnavailableError):
        ask(status, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, failure(), id="400"),
        pytest.param(400, failure("idempotency_error"), id="a key of another request"),
        pytest.param(401, failure(), id="401"),
        pytest.param(402, failure("card_error"), id="402"),
        pytest.param(403, failure(), id="403"),
        pytest.param(404, failure(code="resource_missing"), id="404"),
        pytest.param(200, "{}", id="200 without a session"),
    ],
)
def test_a_failure_that_stays_is_a_refusal(status: int, body: str) -> None:
    with pytest.raises(PaymentGatewayRefusedError):
        ask(status, body)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(400, INACTIVE, CheckoutRefusedError, id="an inactive price"),
        pytest.param(400, failure(code="amount_too_small"), CheckoutRefusedError, id="amount"),
        pytest.param(400, failure(code="parameter_unknown"), PaymentGatewayRefusedError, id="400"),
        pytest.param(400, failure(param="success_url"), PaymentGatewayRefusedError, id="address"),
        pytest.param(400, failure(), PaymentGatewayRefusedError, id="an account without a name"),
        pytest.param(400, failure("idempotency_error"), CheckoutAttemptSpentError, id="key"),
        pytest.param(400, EXPIRES_AT, CheckoutExpiryTooNearError, id="expiry"),
        pytest.param(400, OTHER_MODE, PaymentGatewayRefusedError, id="a key of the other mode"),
        pytest.param(401, failure(), PaymentGatewayRefusedError, id="401"),
        pytest.param(402, failure("card_error"), PaymentGatewayRefusedError, id="402"),
        pytest.param(403, failure(), PaymentGatewayRefusedError, id="403"),
        pytest.param(409, failure("idempotency_error"), PaymentGatewayUnavailableError, id="409"),
        pytest.param(429, failure(), PaymentGatewayUnavailableError, id="429"),
        pytest.param(500, failure("api_error"), PaymentGatewayUnavailableError, id="500"),
        pytest.param(0, "", PaymentGatewayUnavailableError, id="no answer"),
    ],
)
def test_what_a_failure_to_make_a_page_means(
    status: int, body: str, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as raised:
        gateway(status, body).create_page(payable(pending()), PAGE_OPTIONS)

    assert type(raised.value) is expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(400, INACTIVE, CheckoutRefusedError, id="400"),
        pytest.param(400, EXPIRES_AT, CheckoutExpiryTooNearError, id="expiry"),
        pytest.param(401, failure(), PaymentGatewayRefusedError, id="401"),
        pytest.param(402, failure("card_error"), CheckoutAttemptSpentError, id="402"),
        pytest.param(500, failure("api_error"), CheckoutAttemptSpentError, id="500"),
    ],
)
def test_what_an_answer_that_stripe_has_kept_means(
    status: int, body: str, expected: type[Exception]
) -> None:
    kept = gateway(status, body, {"idempotent-replayed": "true"})

    with pytest.raises(expected) as raised:
        kept.create_page(payable(pending()), PAGE_OPTIONS)

    assert type(raised.value) is expected


def test_a_refusal_names_order_price_and_stripes_text() -> None:
    with pytest.raises(CheckoutRefusedError) as refused:
        gateway(400, INACTIVE).create_page(payable(pending()), PAGE_OPTIONS)

    assert str(refused.value) == f"order {ORDER_ID}, price_250: The price specified is inactive."
    assert refused.value.refusal == "invalid_request:line_items[1][price]"


def test_a_refusal_of_no_line_names_all_prices() -> None:
    refusal = failure(code="amount_too_large", param="x" * 200)

    with pytest.raises(CheckoutRefusedError, match="price_700, price_250: no"):
        gateway(400, refusal).create_page(payable(pending()), PAGE_OPTIONS)
