"""A final refusal of Stripe ends an order at once, and its customer sees the reason."""

import pytest

from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.test_messages import messages
from tests.e2e.test_the_way_back import stripe_client

pytestmark = pytest.mark.servers

SESSIONS = "/v1/checkout/sessions"
DEAD_LETTERS = "PaymentLinkDeadLetterQueueUrl"


def archive_price(shop: ShopClient, price_id: str) -> None:
    """Archive the price of a product, which gets another one."""
    client = stripe_client(shop)
    product = str(client.v1.prices.retrieve(price_id).product)
    other = client.v1.prices.create({"product": product, "currency": "eur", "unit_amount": 900})
    client.v1.products.update(product, {"default_price": other.id})
    client.v1.prices.update(price_id, {"active": False})


def attempts(shop: ShopClient, placed: CustomerOrder) -> list[int]:
    """Return the attempts to make the order's page that Stripe has answered with a refusal."""
    key = f"order:{placed.order_id}:checkout:"
    return [
        int(request["idempotency_key"].removeprefix(key))
        for request in shop.requests()
        if (request["idempotency_key"] or "").startswith(key) and request["status"] == 400
    ]


def test_a_price_archived_before_the_page_closes_the_order(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    before = messages(shop, DEAD_LETTERS)
    shop.control("faults", method="POST", path=f"{SESSIONS}$", status=503, times=1000)
    placed = shop.place((product, 1))
    archive_price(shop, placed.body["items"][0]["price_id"])

    shop.clear_faults()

    closed = shop.wait(placed, "cancelled")
    assert statuses(closed) == ["pending", "cancelled"]
    assert closed["reason"] == "not_payable"
    assert "payment_link" not in closed
    wait_until(lambda: shop.units(product) == {"on_hand": 1, "held": 0}, lambda: "units are held")
    assert attempts(shop, placed) == [1, 2]
    assert messages(shop, DEAD_LETTERS) == before


def test_an_order_is_paid_after_a_refusal_that_was_corrected(shop: ShopClient) -> None:
    """Stripe answers the first attempt with an error that it keeps, and the second with a page."""
    product = shop.stock_a_product(units=1)
    shop.control("faults", method="POST", path=f"{SESSIONS}$", status=500, stored=True, times=1)

    placed = shop.place((product, 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]

    shop.pay(page)
    assert "reason" not in shop.wait(placed, "cooked")
