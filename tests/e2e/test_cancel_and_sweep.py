"""Cancellation, and the sweep of unpaid orders."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from tests.e2e.by_hand import change_order, order_documents
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until

pytestmark = pytest.mark.servers

RACES = 10


def cancel(shop: ShopClient, placed: CustomerOrder, token: str | None = None) -> httpx.Response:
    return shop.http.post(
        f"{shop.api}/api/customer/{placed.customer_id}/orders/{placed.order_id}/cancel",
        headers={"Authorization": f"Bearer {token or placed.access_token}"},
    )


def sweep(shop: ShopClient) -> dict[str, Any]:
    """Run the sweep once and return its result."""
    result: dict[str, Any] = json.loads(shop.invoke("sweep")["Payload"].read())
    return result


def make_overdue(shop: ShopClient, placed: CustomerOrder) -> None:
    """Move the order's payment deadline into the past."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    change_order(shop, placed, {"checkout.expires_at": past})


def pay_after_views(shop: ShopClient, page: str, views: int) -> httpx.Response:
    """Pay after opening the page this number of times, which delays the payment."""
    for _ in range(views):
        shop.http.get(page)
    return shop.http.post(page, data={"outcome": "paid"})


def test_an_unpaid_order_can_be_cancelled(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 2))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]

    first, again = cancel(shop, placed), cancel(shop, placed)

    assert first.status_code == HTTPStatus.OK, first.text
    assert first.json() == again.json() == shop.get_order(placed).json()
    assert statuses(first.json()) == ["pending", "waiting_for_payment", "cancelled"]
    assert shop.session_of(placed.order_id)["status"] == "expired"
    assert "expired" in shop.http.get(page).text
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def test_cancelling_needs_the_orders_own_token(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, other = shop.place((product, 1)), shop.place((product, 1))

    refused = cancel(shop, placed, token=other.access_token)

    assert (refused.status_code, refused.json()["code"]) == (404, "order_not_found")
    assert shop.get_order(placed).json()["status"] != "cancelled"


def test_a_paid_order_cannot_be_cancelled(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])

    at_once = cancel(shop, placed)
    shop.wait(placed, "cooked")
    later = cancel(shop, placed)

    for refused in (at_once, later):
        assert (refused.status_code, refused.json()["code"]) == (409, "order_already_paid")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_either_the_payment_or_a_concurrent_cancellation_succeeds(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=RACES)
    expected: list[tuple[CustomerOrder, str]] = []
    for views, placed in enumerate([shop.place((product, 1)) for _ in range(RACES)]):
        page = shop.wait(placed, "waiting_for_payment")["payment_link"]
        with ThreadPoolExecutor(2) as both:
            cancelling = both.submit(cancel, shop, placed)
            paying = both.submit(pay_after_views, shop, page, 2 * views)
        was_paid = paying.result().status_code == HTTPStatus.SEE_OTHER
        was_cancelled = cancelling.result().status_code == HTTPStatus.OK
        assert was_paid != was_cancelled, (paying.result(), cancelling.result())
        expected.append((placed, "cooked" if was_paid else "cancelled"))

    for placed, status in expected:
        shop.wait(placed, status)
    sold = sum(status == "cooked" for _, status in expected)
    assert shop.units(product) == {"on_hand": RACES - sold, "held": 0}


def test_an_unpaid_order_expires(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 2))
    shop.wait(placed, "waiting_for_payment")
    make_overdue(shop, placed)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(sweep, [shop, shop])) == [{"failed": 0}] * 2

    expired = shop.wait(placed, "expired")
    assert statuses(expired) == ["pending", "waiting_for_payment", "expired"]
    assert shop.session_of(placed.order_id)["status"] == "expired"
    wait_until(
        lambda: shop.units(product) == {"on_hand": 3, "held": 0},
        lambda: f"the stock is not released: {shop.units(product)}",
    )
    refused = cancel(shop, placed)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_closed")


def test_the_sweep_finds_a_payment_whose_webhook_was_lost(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=1)
    shop.pay(page)
    make_overdue(shop, placed)

    assert sweep(shop) == {"failed": 0}

    shop.wait(placed, "cooked")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_the_sweep_publishes_an_event_left_in_the_outbox(shop: ShopClient) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    shop.wait(placed, "waiting_for_payment")
    old = datetime.now(UTC) - timedelta(minutes=1)
    unpublished = {
        "event_id": secrets.token_hex(16),
        "event_type": "order.created",
        "occurred_at": old,
    }
    with order_documents(shop, placed) as orders:
        orders.update_one({"_id": placed.order_id}, {"$push": {"outbox": unpublished}})

        assert sweep(shop) == {"failed": 0}

        def delivered() -> bool:
            order = orders.find_one({"_id": placed.order_id})
            return order is not None and order["outbox"] == []

        wait_until(delivered, lambda: "the event is still in the outbox")


def test_the_sweep_releases_stock_held_without_an_order(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    hold = {
        "order_id": secrets.token_hex(16),
        "lines": [{"product_id": product, "quantity": 2}],
        "expires_at": (datetime.now(UTC) - timedelta(minutes=11)).isoformat(),
    }
    request = {"operation": "reserve", "trace_id": "t", "holds": [hold]}
    shop.invoke("stock_check", request)
    assert shop.units(product)["held"] == 2

    assert sweep(shop) == {"failed": 0}

    wait_until(
        lambda: shop.units(product) == {"on_hand": 3, "held": 0},
        lambda: f"the stock is not released: {shop.units(product)}",
    )
