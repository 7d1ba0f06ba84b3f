"""Which failures of Stripe are transient, by the answers that the SDK turns into its errors."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import stripe

from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from tests.fakes.examples import SESSION_ID


class AnsweringHttpClient(stripe.HTTPClient):
    """Answers each request the same way; with the status 0, not at all."""

    name = "answering"

    def __init__(self, status: int, body: str) -> None:
        super().__init__()
        self._status, self._body = status, body

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
        return self._body, self._status, {}

    def close(self) -> None:
        """Close nothing."""


def ask(status: int, body: str) -> None:
    client = stripe.StripeClient(
        "rk_test_x", http_client=AnsweringHttpClient(status, body), max_network_retries=0
    )
    StripeGateway(client).page(SESSION_ID)


def failure(type_: str = "invalid_request_error", code: str = "") -> str:
    return json.dumps({"error": {"type": type_, "code": code, "message": "no"}})


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
