"""A stranger orders without paying, so that no one else can order."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attempts import Attempts
from tests.e2e.conftest import ShopClient

pytestmark = pytest.mark.servers

UNITS = 12
ATTACKER = "127.66.6.6"
REFUSED = {
    *("share_exceeded", "too_many_unpaid_orders", "insufficient_stock", "invalid_order"),
    *("idempotency_key_reused", "stock_unavailable"),
}


def test_one_client_does_not_empty_the_menu(shop: ShopClient, attempts: Attempts) -> None:
    menu = [shop.stock_a_product(units=UNITS) for _ in range(3)]
    everything = [(product, UNITS) for product in menu]

    def attack(n: int) -> tuple[int, str | None]:
        items = everything if n == 0 else [(menu[n % 3], 1 + n % 4)]
        key = f"{n // 2:032x}" if n > 30 else None  # two requests with one key, and other items
        response = shop.post_order(*items, customer_id="mallory", key=key, address=ATTACKER)
        return response.status_code, response.json().get("code")

    with ThreadPoolExecutor(8) as requests:
        for status, code in requests.map(attack, range(60)):
            attempts.expect(status == 201 or code in REFUSED, (status, code))

    attempts.saw(f"held of {UNITS}: {[shop.units(product)['held'] for product in menu]}")
    attempts.expect(any(shop.units(product)["held"] for product in menu), "nothing is held")
    for product in menu:
        attempts.expect(shop.units(product)["held"] <= UNITS // 2, product)
        soup = shop.post_order((product, UNITS // 2))
        attempts.expect(soup.status_code == 201, soup.text)


def test_an_address_has_ten_unpaid_orders_of_any_customers(
    shop: ShopClient, attempts: Attempts
) -> None:
    product, address = shop.stock_a_product(units=100), "127.66.6.7"

    placed = [shop.post_order((product, 1), address=address) for _ in range(12)]

    for response in placed[:10]:
        attempts.expect(response.status_code == 201, response.text)
    for response in placed[10:]:
        attempts.expect(response.json()["code"] == "too_many_unpaid_orders", response.text)


def test_a_customers_unpaid_orders_are_not_used_up_by_a_stranger(
    shop: ShopClient, attempts: Attempts
) -> None:
    product, victim = shop.stock_a_product(units=100), f"victim-{secrets.token_hex(4)}"

    stranger = [
        shop.post_order((product, 1), customer_id=victim, address="127.66.6.8") for _ in range(4)
    ]

    attempts.expect(stranger[-1].json().get("code") == "too_many_unpaid_orders", stranger[-1].text)
    own = shop.post_order((product, 1), customer_id=victim)
    attempts.expect(own.status_code == 201, own.text)


def test_a_cancelled_order_does_not_count(shop: ShopClient, attempts: Attempts) -> None:
    product, customer = shop.stock_a_product(units=100), f"ann-{secrets.token_hex(4)}"
    placed = [shop.post_order((product, 1), customer_id=customer) for _ in range(3)]
    full = shop.post_order((product, 1), customer_id=customer)
    attempts.expect(full.json()["code"] == "too_many_unpaid_orders", full.text)

    order = placed[0].json()
    cancelled = shop.http.post(
        f"{shop.api}/api/customer/{customer}/orders/{order['order_id']}/cancel",
        headers={"Authorization": f"Bearer {order['access_token']}"},
    )

    attempts.expect(cancelled.status_code == 200, cancelled.text)
    again = shop.post_order((product, 1), customer_id=customer)
    attempts.expect(again.status_code == 201, again.text)
