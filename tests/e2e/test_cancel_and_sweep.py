"""The same order asked for twice, turned back, or never paid."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from gorder.clients.mongo import mongo_client
from tests.e2e.conftest import Placed, Shop, wait_until

pytestmark = pytest.mark.servers

CLICKS = 8
RACES = 10


def post_with_key(
    shop: Shop, customer_id: str, key: str, *items: tuple[str, int]
) -> httpx.Response:
    body = {"items": [{"id": product, "quantity": quantity} for product, quantity in items]}
    return shop.http.post(
        f"{shop.api}/api/customer/{customer_id}/orders",
        json=body,
        headers={"Idempotency-Key": key},
    )


def cancel(shop: Shop, placed: Placed, token: str | None = None) -> httpx.Response:
    return shop.http.post(
        f"{shop.api}/api/customer/{placed.customer_id}/orders/{placed.order_id}/cancel",
        headers={"Authorization": f"Bearer {token or placed.access_token}"},
    )


def sweep(shop: Shop) -> dict[str, Any]:
    """One tick of the schedule, by hand."""
    name = next(
        function["FunctionName"]
        for function in shop.aws("lambda").list_functions(MaxItems=100)["Functions"]
        if "SweepFunction" in function["FunctionName"]
    )
    answer = shop.aws("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    return result


def let_time_pass(shop: Shop, order_id: str) -> None:
    """Make it a while since the order's time to pay ended."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    with mongo_client(shop.environment["GORDER_MONGO_URL"]) as client:
        changed = client.get_default_database()["orders"].update_one(
            {"_id": order_id}, {"$set": {"checkout.expires_at": past}}
        )
    assert changed.matched_count == 1


def look_and_pay(shop: Shop, page: str, looks: int) -> httpx.Response:
    """Pay, the later the more often the page is looked at first."""
    for _ in range(looks):
        shop.http.get(page)
    return shop.http.post(page, data={"outcome": "paid"})


def statuses(order: dict[str, Any]) -> list[str]:
    """The statuses of the history, oldest first."""
    return [change["status"] for change in order["history"]]


def test_a_double_click_is_one_order(shop: Shop) -> None:
    product = shop.stock_a_product(units=10)
    customer_id, key = f"customer-{secrets.token_hex(4)}", secrets.token_hex(16)

    with ThreadPoolExecutor(CLICKS) as clicks:
        answers = list(
            clicks.map(lambda _: post_with_key(shop, customer_id, key, (product, 2)), range(CLICKS))
        )

    assert {answer.status_code for answer in answers} == {HTTPStatus.CREATED}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    replays = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert (replays.count(None), replays.count("true")) == (1, CLICKS - 1)
    assert shop.units(product) == {"on_hand": 10, "held": 2}
    body = answers[-1].json()
    placed = Placed(customer_id, body["order_id"], body["access_token"], body)
    assert shop.wait(placed, "waiting_for_payment")["order_id"] == body["order_id"]
    assert post_with_key(shop, customer_id, key, (product, 2)).json()["status"] == (
        "waiting_for_payment"
    )


def test_a_key_is_for_one_order(shop: Shop) -> None:
    product = shop.stock_a_product(units=10)
    first = post_with_key(shop, "key-owner", key := secrets.token_hex(16), (product, 1))

    other = post_with_key(shop, "key-owner", key, (product, 2))
    others = post_with_key(shop, "somebody-else", key, (product, 2))

    assert first.status_code == others.status_code == HTTPStatus.CREATED
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert shop.units(product)["held"] == 3


def test_a_key_that_is_none(shop: Shop) -> None:
    refused = post_with_key(shop, "ada", "k" * 256, ("prod_any", 1))

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["code"] == "invalid_idempotency_key"


def test_an_order_is_cancelled_before_it_is_paid(shop: Shop) -> None:
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


def test_cancelling_needs_the_orders_own_token(shop: Shop) -> None:
    product = shop.stock_a_product(units=3)
    placed, other = shop.place((product, 1)), shop.place((product, 1))

    refused = cancel(shop, placed, token=other.access_token)

    assert (refused.status_code, refused.json()["code"]) == (404, "order_not_found")
    assert shop.get_order(placed).json()["status"] != "cancelled"


def test_after_the_payment_it_is_too_late(shop: Shop) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])

    at_once = cancel(shop, placed)
    shop.wait(placed, "cooked")
    later = cancel(shop, placed)

    for refused in (at_once, later):
        assert (refused.status_code, refused.json()["code"]) == (409, "order_already_paid")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_payment_and_a_cancellation_at_once_have_one_winner(shop: Shop) -> None:
    product = shop.stock_a_product(units=RACES)
    ends: list[tuple[Placed, str]] = []
    for looks, placed in enumerate([shop.place((product, 1)) for _ in range(RACES)]):
        page = shop.wait(placed, "waiting_for_payment")["payment_link"]
        with ThreadPoolExecutor(2) as both:
            cancelling = both.submit(cancel, shop, placed)
            paying = both.submit(look_and_pay, shop, page, 2 * looks)
        was_paid = paying.result().status_code == HTTPStatus.SEE_OTHER
        was_cancelled = cancelling.result().status_code == HTTPStatus.OK
        assert was_paid != was_cancelled, (paying.result(), cancelling.result())
        ends.append((placed, "cooked" if was_paid else "cancelled"))

    for placed, end in ends:
        shop.wait(placed, end)
    sold = sum(end == "cooked" for _, end in ends)
    assert shop.units(product) == {"on_hand": RACES - sold, "held": 0}


def test_an_order_nobody_pays_expires(shop: Shop) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 2))
    shop.wait(placed, "waiting_for_payment")
    let_time_pass(shop, placed.order_id)

    with ThreadPoolExecutor(2) as at_once:
        assert list(at_once.map(sweep, [shop, shop])) == [{"failed": 0}] * 2

    expired = shop.wait(placed, "expired")
    assert statuses(expired) == ["pending", "waiting_for_payment", "expired"]
    assert shop.session_of(placed.order_id)["status"] == "expired"
    wait_until(
        lambda: shop.units(product) == {"on_hand": 3, "held": 0},
        lambda: f"the stock is not free: {shop.units(product)}",
    )
    refused = cancel(shop, placed)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_closed")


def test_a_payment_whose_webhook_never_came_is_found(shop: Shop) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=1)
    shop.pay(page)
    let_time_pass(shop, placed.order_id)

    assert sweep(shop) == {"failed": 0}

    shop.wait(placed, "cooked")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_an_event_that_was_never_published_is_delivered(shop: Shop) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    shop.wait(placed, "waiting_for_payment")
    old = datetime.now(UTC) - timedelta(minutes=1)
    left = {"event_id": secrets.token_hex(16), "event_type": "order.created", "occurred_at": old}
    with mongo_client(shop.environment["GORDER_MONGO_URL"]) as client:
        orders = client.get_default_database()["orders"]
        orders.update_one({"_id": placed.order_id}, {"$push": {"outbox": left}})

        assert sweep(shop) == {"failed": 0}

        def delivered() -> bool:
            order = orders.find_one({"_id": placed.order_id})
            return order is not None and order["outbox"] == []

        wait_until(delivered, lambda: "the event is still in the outbox")


def test_stock_held_for_an_order_that_was_never_saved_is_freed(shop: Shop) -> None:
    product = shop.stock_a_product(units=3)
    name = next(
        function["FunctionName"]
        for function in shop.aws("lambda").list_functions(MaxItems=100)["Functions"]
        if "StockCheckFunction" in function["FunctionName"]
    )
    hold = {
        "order_id": secrets.token_hex(16),
        "lines": [{"product_id": product, "quantity": 2}],
        "expires_at": (datetime.now(UTC) - timedelta(minutes=11)).isoformat(),
    }
    request = {"operation": "reserve", "trace_id": "t", "holds": [hold]}
    shop.aws("lambda").invoke(FunctionName=name, Payload=json.dumps(request).encode())
    assert shop.units(product)["held"] == 2

    assert sweep(shop) == {"failed": 0}

    wait_until(
        lambda: shop.units(product) == {"on_hand": 3, "held": 0},
        lambda: f"the stock is not free: {shop.units(product)}",
    )
