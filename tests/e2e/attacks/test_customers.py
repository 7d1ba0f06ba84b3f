"""A stranger on the internet wants another customer's order."""

import secrets
import statistics
import time

import httpx
import pytest

from tests.attempts import Attempts
from tests.e2e.conftest import CustomerOrder, ShopClient

pytestmark = pytest.mark.servers

KEYS_TRIED = 100
TIMED = 30
PREDICTABLE = "order-2026-11-27-000042"


def dictionary() -> list[str]:
    """Keys that clients choose: numbers, dates, names, each also in the length of a key."""
    short = ["1", "42", "order-1", "cart-7", "2026-11-27", "retry", "test", "null"]
    long = [f"order-2026-11-27-{number:06}" for number in range(KEYS_TRIED - 2 * len(short))]
    return [*short, *(key.ljust(21, "0") for key in short), *long]


def answer(response: httpx.Response) -> tuple[int, object]:
    """What an attacker can tell two answers apart by, without times."""
    body = response.json()
    return response.status_code, {name: body[name] for name in body if name != "trace_id"}


def test_a_guessed_key_reveals_and_opens_nothing(shop: ShopClient, attempts: Attempts) -> None:
    product = shop.stock_a_product(units=1)
    victim = shop.post_order((product, 1), customer_id="alice", key=PREDICTABLE)
    assert victim.status_code == 201, victim.text

    def guess(key: str) -> httpx.Response:
        return shop.post_order(("prod_unicorn", 1), customer_id="alice", key=key, secret="g" * 43)

    unused = guess(secrets.token_hex(16))
    for key in dictionary():
        response = guess(key)
        refused = response.json()["code"] == "invalid_idempotency_key"
        held = refused if len(key) < 21 else answer(response) == answer(unused)
        attempts.expect(held, (key, response.text))


def forgeries(placed: CustomerOrder, stranger: CustomerOrder) -> dict[str, str]:
    """Tokens of other kinds, which must not be told apart."""
    head, _, signature = placed.access_token.rpartition(".")
    first, last = ("A" if signature[0] != "A" else "B"), ("A" if signature[-1] != "A" else "E")
    return {
        "first character": f"{head}.{first}{signature[1:]}",
        "last character": f"{head}.{signature[:-1]}{last}",
        "another customer's": stranger.access_token,
        "no signature": f"{head}.",
        "no token": "x",
    }


def test_forged_tokens_are_refused_alike(shop: ShopClient, attempts: Attempts) -> None:
    product = shop.stock_a_product(units=2)
    placed, stranger = shop.place((product, 1)), shop.place((product, 1))
    unknown = CustomerOrder(placed.customer_id, "0" * 32, placed.access_token, {})
    tokens = [(placed, name, token) for name, token in forgeries(placed, stranger).items()]
    tokens.append((unknown, "unknown order", placed.access_token))
    expected = shop.get_order(unknown, "x")
    seconds: dict[str, list[float]] = {name: [] for _, name, _ in tokens}

    for _ in range(TIMED):
        for order, name, token in tokens:
            began = time.perf_counter()
            response = shop.get_order(order, token)
            seconds[name].append(time.perf_counter() - began)
            attempts.expect(answer(response) == answer(expected), (name, response.text))

    medians = {name: 1000 * statistics.median(values) for name, values in seconds.items()}
    attempts.saw("medians: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in medians.items()))


def test_a_forged_token_cancels_nothing(shop: ShopClient, attempts: Attempts) -> None:
    product = shop.stock_a_product(units=2)
    placed, stranger = shop.place((product, 1)), shop.place((product, 1))
    url = f"{shop.api}/api/customer/{placed.customer_id}/orders/{placed.order_id}/cancel"

    for name, token in forgeries(placed, stranger).items():
        response = shop.http.post(url, headers={"Authorization": f"Bearer {token}"})
        attempts.expect(response.status_code == 404, (name, response.text))

    assert shop.get_order(placed).json()["status"] in {"pending", "waiting_for_payment"}
