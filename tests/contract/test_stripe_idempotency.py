"""Idempotency keys and injected faults of the stand-in, over a real socket."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from tests.contract.standin_client import StandinClient, eventually

pytestmark = pytest.mark.servers

KEY = "order:o1:checkout:1"
SUCCESS = "https://shop.example/thanks"


def post(
    standin: StandinClient, path: str, form: dict[str, str], timeout: float = 10
) -> httpx.Response:
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": KEY}
    return standin.browser.post(f"/v1/{path}", data=form, headers=headers, timeout=timeout)


def session_form(price: str) -> dict[str, str]:
    return {
        "mode": "payment",
        "success_url": SUCCESS,
        "line_items[0][price]": price,
        "line_items[0][quantity]": "1",
    }


def test_a_repeated_request_gets_the_same_response(standin: StandinClient) -> None:
    form = session_form(standin.price())
    first = post(standin, "checkout/sessions", form)
    standin.stripe.checkout.sessions.expire(first.json()["id"])
    second = post(standin, "checkout/sessions", form)
    assert (second.status_code, second.content) == (200, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert len(standin.stripe.checkout.sessions.list().data) == 1


def test_a_key_cannot_be_reused_for_another_request(standin: StandinClient) -> None:
    form = session_form(standin.price())
    assert post(standin, "checkout/sessions", form).status_code == 200
    other_body = post(standin, "checkout/sessions", form | {"line_items[0][quantity]": "2"})
    other_path = post(standin, "products", {"name": "Soup"})
    for response in (other_body, other_path):
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "idempotency_error"


def test_rejected_parameters_are_not_stored(standin: StandinClient) -> None:
    form = session_form(standin.price())
    wrong = post(standin, "checkout/sessions", form | {"colour": "red"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "parameter_unknown")
    assert post(standin, "checkout/sessions", form).status_code == 200


def test_an_error_during_execution_is_replayed(standin: StandinClient) -> None:
    price = standin.price()
    standin.stripe.prices.update(price, {"active": False})
    refused = post(standin, "checkout/sessions", session_form(price))
    standin.stripe.prices.update(price, {"active": True})
    again = post(standin, "checkout/sessions", session_form(price))
    assert (again.status_code, again.content) == (400, refused.content)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_expires_after_a_day(standin: StandinClient) -> None:
    first = post(standin, "products", {"name": "Soup"})
    standin.control("clock", {"advance_seconds": 24 * 3600 + 60})
    assert post(standin, "products", {"name": "Soup"}).json()["id"] != first.json()["id"]


def test_concurrent_requests_with_one_key_create_one_object(standin: StandinClient) -> None:
    form = session_form(standin.price())

    def post_until_success(_: int) -> bytes:
        response = eventually(
            lambda: (posted := post(standin, "checkout/sessions", form)).is_success and posted,
            "a response other than 409",
        )
        assert isinstance(response, httpx.Response)
        return response.content

    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(post_until_success, range(8)))
    assert len(bodies) == 1
    assert len(standin.stripe.checkout.sessions.list().data) == 1
    assert len(standin.stripe.events.list({"type": "product.created"}).data) == 1


def test_a_key_in_use_is_a_conflict(standin: StandinClient) -> None:
    standin.control(
        "faults", {"method": "POST", "path": "/v1/products", "hang_seconds": 30, "after": True}
    )
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, standin, "products", {"name": "Soup"}, timeout=0.5)
        eventually(lambda: standin.stripe.products.list().data, "the first request's product")
        conflict = post(standin, "products", {"name": "Soup"})
        error = conflict.json()["error"]
        assert (conflict.status_code, error["code"]) == (409, "idempotency_key_in_use")
        assert isinstance(first.exception(), httpx.ReadTimeout)


def test_a_fault_before_execution_changes_nothing(standin: StandinClient) -> None:
    standin.control("faults", {"method": "POST", "path": "/v1/products", "status": 500, "times": 2})
    for _ in range(2):
        assert post(standin, "products", {"name": "Soup"}).status_code == 500
    assert standin.stripe.products.list().data == []
    response = post(standin, "products", {"name": "Soup"})
    assert (response.status_code, "Idempotent-Replayed" in response.headers) == (200, False)


def test_a_retry_gets_the_lost_response(standin: StandinClient) -> None:
    standin.control("faults", {"path": "/v1/products", "drop_connection": True, "after": True})
    with pytest.raises(stripe.APIConnectionError):
        standin.stripe.products.create({"name": "Soup"}, {"idempotency_key": KEY})
    product = standin.stripe.products.create({"name": "Soup"}, {"idempotency_key": KEY})
    assert [found.id for found in standin.stripe.products.list().data] == [product.id]


@pytest.mark.parametrize(
    ("status", "error"),
    [(402, stripe.CardError), (429, stripe.RateLimitError), (503, stripe.APIError)],
)
def test_faults_raise_the_sdks_errors(
    standin: StandinClient, status: int, error: type[stripe.StripeError]
) -> None:
    standin.control("faults", {"path": "/v1/products/.*", "status": status})
    standin.stripe.products.list()
    with pytest.raises(error):
        standin.stripe.products.retrieve("prod_1")
    standin.control("faults", {"path": "/v1/.*", "status": status})
    standin.control("faults", method="DELETE")
    standin.stripe.products.list()
