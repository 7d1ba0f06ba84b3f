"""A client repeats its request and has one order; another client gains nothing from the key."""

import json
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.conftest import CustomerOrder, ShopClient

pytestmark = pytest.mark.servers

CLICKS = 8


@dataclass(frozen=True)
class Attempt:
    """What a customer's page keeps before it sends anything: whom, what, key and secret."""

    shop: ShopClient
    product: str
    units: int = 2
    customer_id: str = field(default_factory=lambda: f"customer-{secrets.token_hex(4)}")
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    secret: str = field(default_factory=lambda: secrets.token_hex(32))

    def post(self, _: int = 0) -> httpx.Response:
        return self.shop.post_order(
            (self.product, self.units),
            customer_id=self.customer_id,
            key=self.key,
            secret=self.secret,
        )

    def post_and_lose_the_answer(self) -> None:
        """Send the whole request and close the connection."""
        url = urlsplit(f"{self.shop.api}/api/customer/{self.customer_id}/orders")
        body = json.dumps({"items": [{"id": self.product, "quantity": self.units}]})
        head = (
            f"POST {url.path} HTTP/1.1",
            f"Host: {url.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"Idempotency-Key: {self.key}",
            f"Idempotency-Secret: {self.secret}",
        )
        with socket.create_connection((url.hostname, url.port)) as connection:
            connection.sendall("\r\n".join([*head, "", body]).encode())


def opened(shop: ShopClient, response: httpx.Response) -> str:
    """Read the order of an answer with its token; return the order's id."""
    assert response.status_code == HTTPStatus.CREATED, response.text
    body = response.json()
    placed = CustomerOrder(body["customer_id"], body["order_id"], body["access_token"], body)
    assert shop.get_order(placed).status_code == HTTPStatus.OK
    return placed.order_id


def test_a_double_click_places_one_order(shop: ShopClient) -> None:
    attempt = Attempt(shop, shop.stock_a_product(units=10))

    with ThreadPoolExecutor(CLICKS) as clicks:
        responses = list(clicks.map(attempt.post, range(CLICKS)))

    assert len({opened(shop, response) for response in responses}) == 1
    replays = [response.headers.get("Idempotent-Replayed") for response in responses]
    assert (replays.count(None), replays.count("true")) == (1, CLICKS - 1)
    assert shop.units(attempt.product) == {"on_hand": 10, "held": 2}
    body = responses[-1].json()
    placed = CustomerOrder(attempt.customer_id, body["order_id"], body["access_token"], body)
    shop.wait(placed, "waiting_for_payment")
    assert attempt.post().json()["status"] == "waiting_for_payment"


def test_a_page_that_lost_the_answer_and_was_reloaded_has_its_order(shop: ShopClient) -> None:
    attempt = Attempt(shop, shop.stock_a_product(units=10))

    attempt.post_and_lose_the_answer()
    after, reloaded = attempt.post(), attempt.post()

    assert opened(shop, after) == opened(shop, reloaded)
    assert shop.units(attempt.product) == {"on_hand": 10, "held": 2}


def test_a_key_cannot_be_reused_for_another_order(shop: ShopClient) -> None:
    first = Attempt(shop, shop.stock_a_product(units=10), units=1)
    opened(shop, first.post())

    reused = Attempt(shop, first.product, 2, first.customer_id, first.key, first.secret).post()
    another_customer = Attempt(shop, first.product, 2, key=first.key, secret=first.secret).post()

    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert another_customer.status_code == HTTPStatus.CREATED
    assert shop.units(first.product)["held"] == 3


def test_a_known_key_without_its_secret_opens_and_occupies_nothing(shop: ShopClient) -> None:
    victim = Attempt(shop, shop.stock_a_product(units=10))
    order_id = opened(shop, victim.post())

    guess = Attempt(shop, victim.product, 2, victim.customer_id, victim.key).post()
    squatted = Attempt(shop, victim.product, 1)
    squatter = Attempt(shop, victim.product, 2, squatted.customer_id, squatted.key).post()

    assert opened(shop, guess) != order_id
    assert "Idempotent-Replayed" not in guess.headers
    stolen = CustomerOrder(victim.customer_id, order_id, guess.json()["access_token"], {})
    assert shop.get_order(stolen).status_code == HTTPStatus.NOT_FOUND
    assert opened(shop, squatter) != opened(shop, squatted.post())


def test_whether_a_key_was_used_cannot_be_found_out(shop: ShopClient) -> None:
    victim = Attempt(shop, shop.stock_a_product(units=10))
    opened(shop, victim.post())

    used = Attempt(shop, "prod_unicorn", 1, victim.customer_id, victim.key).post()
    unused = Attempt(shop, "prod_unicorn", 1, victim.customer_id).post()

    def answer(response: httpx.Response) -> tuple[int, dict[str, object]]:
        return response.status_code, response.json() | {"trace_id": ""}

    assert answer(used) == answer(unused)
    assert used.json()["code"] == "unknown_product"


@pytest.mark.parametrize("key", ["1", "order-1", "2026-11-27", "k" * 20, "k" * 129])
def test_a_key_that_can_be_guessed_is_refused(shop: ShopClient, key: str) -> None:
    refused = shop.post_order(("prod_any", 1), customer_id="ada", key=key)

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["code"] == "invalid_idempotency_key"


def test_a_key_without_a_secret_is_refused(shop: ShopClient) -> None:
    refused = shop.http.post(
        f"{shop.api}/api/customer/ada/orders",
        json={"items": [{"id": "prod_any", "quantity": 1}]},
        headers={"Idempotency-Key": secrets.token_hex(16)},
    )

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["code"] == "invalid_idempotency_secret"
