"""The stand-in's limit of requests per second and endpoint."""

from collections.abc import Callable, Iterator

import pytest
import stripe

from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.rate_limit import EndpointRateLimit
from tests.contract.standin_client import StandinClient

pytestmark = pytest.mark.servers

MAX_CALLS = 200


@pytest.fixture
def limited(standin: StandinClient) -> Iterator[StandinClient]:
    """A stand-in that accepts two requests per second and endpoint."""
    standin.control("rate_limit", {"per_second": 2})
    yield standin
    standin.control("rate_limit", {"per_second": None})


def refused(call: Callable[[], object]) -> stripe.RateLimitError:
    """Repeat a call until it is refused."""
    for _ in range(MAX_CALLS):
        try:
            call()
        except stripe.RateLimitError as error:
            return error
    raise AssertionError(f"no call of {MAX_CALLS} was refused")


def accepted(limit: EndpointRateLimit, endpoint: str = "GET /v1/products") -> bool:
    try:
        limit.check(endpoint)
    except ApiError:
        return False
    return True


def test_a_limit_counts_the_last_second_of_each_endpoint() -> None:
    now = [100.0]
    limit = EndpointRateLimit(lambda: now[0])
    assert all(accepted(limit) for _ in range(50))
    limit.set(2)
    assert accepted(limit)
    now[0] += 0.6
    assert [accepted(limit), accepted(limit)] == [True, False]
    assert accepted(limit, "POST /v1/products")
    now[0] += 0.4  # the first request was a second ago
    assert [accepted(limit), accepted(limit)] == [True, False]
    limit.set(None)
    assert all(accepted(limit) for _ in range(50))


def test_a_request_beyond_the_limit_is_answered_429(limited: StandinClient) -> None:
    error = refused(limited.stripe.products.list)
    assert error.http_status == 429
    assert limited.last_response["error"] == {
        "code": "rate_limit",
        "message": "Request rate limit exceeded. Learn more about rate limits here "
        "https://stripe.com/docs/rate-limits.",
        "type": "invalid_request_error",
    }
    headers = limited.http.exchanges[-1].headers
    assert headers["Stripe-Should-Retry"] == "false"
    assert headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert headers["Request-Id"].startswith("req_")
    assert limited.stripe.prices.list().data == []


def test_a_refused_request_does_not_use_up_its_key(limited: StandinClient) -> None:
    keys = iter(range(MAX_CALLS))
    used: list[stripe.RequestOptions] = []

    def create() -> None:
        used.append({"idempotency_key": f"tea-{next(keys)}"})
        limited.stripe.products.create({"name": "Tea"}, used[-1])

    refused(create)
    limited.control("rate_limit", {"per_second": None})
    product = limited.stripe.products.create({"name": "Tea"}, used[-1])
    assert limited.stripe.products.create({"name": "Tea"}, used[-1]).id == product.id
    assert len(limited.stripe.products.list({"limit": 100}).data) == len(used)


def test_the_sdk_does_not_retry_a_refused_request(limited: StandinClient) -> None:
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": limited.url}, max_network_retries=2
    )
    refused(client.v1.products.list)
    logged = limited.control("requests", method="GET")
    assert [request["status"] for request in logged].count(429) == 1


def test_the_limit_is_a_number_or_null(limited: StandinClient) -> None:
    limited.control("rate_limit", {"per_second": None})
    for _ in range(10):
        limited.stripe.products.list()
    for body in ({}, {"per_second": 0}, {"per_second": "many"}):
        assert limited.controls.post("rate_limit", json=body).status_code == 400
