"""Idempotency keys and failures on demand, over a real socket."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import stripe

from tests.contract.stripe_parts import Standin, eventually, running_standin

pytestmark = pytest.mark.servers

KEY = "order:o1:checkout:1"
SUCCESS = "https://shop.example/thanks"


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with running_standin(tmp_path / "stripe.db") as running:
        yield running


def post(standin: Standin, path: str, form: dict[str, str], timeout: float = 10) -> httpx.Response:
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": KEY}
    return standin.browser.post(f"/v1/{path}", data=form, headers=headers, timeout=timeout)


def session_form(price: str) -> dict[str, str]:
    return {
        "mode": "payment",
        "success_url": SUCCESS,
        "line_items[0][price]": price,
        "line_items[0][quantity]": "1",
    }


def test_a_repeated_request_gets_the_same_bytes(standin: Standin) -> None:
    form = session_form(standin.price())
    first = post(standin, "checkout/sessions", form)
    standin.stripe.checkout.sessions.expire(first.json()["id"])
    second = post(standin, "checkout/sessions", form)
    assert (second.status_code, second.content) == (200, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert len(standin.stripe.checkout.sessions.list().data) == 1


def test_a_key_is_for_one_request(standin: Standin) -> None:
    form = session_form(standin.price())
    assert post(standin, "checkout/sessions", form).status_code == 200
    other_body = post(standin, "checkout/sessions", form | {"line_items[0][quantity]": "2"})
    other_path = post(standin, "products", {"name": "Soup"})
    for answer in (other_body, other_path):
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "idempotency_error"


def test_refused_parameters_are_not_kept(standin: Standin) -> None:
    form = session_form(standin.price())
    wrong = post(standin, "checkout/sessions", form | {"colour": "red"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "parameter_unknown")
    assert post(standin, "checkout/sessions", form).status_code == 200


def test_a_refusal_made_while_executing_is_kept(standin: Standin) -> None:
    price = standin.price()
    standin.stripe.prices.update(price, {"active": False})
    refused = post(standin, "checkout/sessions", session_form(price))
    standin.stripe.prices.update(price, {"active": True})
    again = post(standin, "checkout/sessions", session_form(price))
    assert (again.status_code, again.content) == (400, refused.content)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_a_day(standin: Standin) -> None:
    first = post(standin, "products", {"name": "Soup"})
    standin.control("clock", {"advance_seconds": 24 * 3600 + 60})
    assert post(standin, "products", {"name": "Soup"}).json()["id"] != first.json()["id"]


def test_concurrent_requests_with_one_key_make_one_object(standin: Standin) -> None:
    form = session_form(standin.price())

    def until_answered(_: int) -> bytes:
        answered = eventually(
            lambda: (answer := post(standin, "checkout/sessions", form)).is_success and answer,
            "an answer other than 409",
        )
        assert isinstance(answered, httpx.Response)
        return answered.content

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(until_answered, range(8)))
    assert len(answers) == 1
    assert len(standin.stripe.checkout.sessions.list().data) == 1
    assert len(standin.stripe.events.list({"type": "product.created"}).data) == 1


def test_a_key_in_use_is_a_conflict(standin: Standin) -> None:
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


def test_a_fault_before_the_work_leaves_nothing_behind(standin: Standin) -> None:
    standin.control("faults", {"method": "POST", "path": "/v1/products", "status": 500, "times": 2})
    for _ in range(2):
        assert post(standin, "products", {"name": "Soup"}).status_code == 500
    assert standin.stripe.products.list().data == []
    answer = post(standin, "products", {"name": "Soup"})
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (200, False)


def test_a_lost_answer_is_had_by_asking_again(standin: Standin) -> None:
    standin.control("faults", {"path": "/v1/products", "drop_connection": True, "after": True})
    with pytest.raises(stripe.APIConnectionError):
        standin.stripe.products.create({"name": "Soup"}, {"idempotency_key": KEY})
    product = standin.stripe.products.create({"name": "Soup"}, {"idempotency_key": KEY})
    assert [found.id for found in standin.stripe.products.list().data] == [product.id]


@pytest.mark.parametrize(
    ("status", "error"),
    [(402, stripe.CardError), (429, stripe.RateLimitError), (503, stripe.APIError)],
)
def test_faults_are_the_sdks_errors(
    standin: Standin, status: int, error: type[stripe.StripeError]
) -> None:
    standin.control("faults", {"path": "/v1/products/.*", "status": status})
    standin.stripe.products.list()
    with pytest.raises(error):
        standin.stripe.products.retrieve("prod_1")
    standin.control("faults", {"path": "/v1/.*", "status": status})
    standin.control("faults", method="DELETE")
    standin.stripe.products.list()
