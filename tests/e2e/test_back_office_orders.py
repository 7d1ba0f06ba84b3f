"""The shop's staff show, close and refund orders on the running stack."""

import json
from typing import Any

import pytest

from tests.e2e.by_hand import delete_order
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.test_cancel_and_sweep import cancel
from tests.e2e.test_the_way_back import (
    PRICE,
    intent_of,
    pay_on_another_page,
    refunds_at_stripe,
    wait_for_refund,
    waiting,
)

pytestmark = pytest.mark.servers

BY = "ann@example.com"
REASON = "The oven is broken."


def office(shop: ShopClient, command: str, **fields: object) -> dict[str, Any]:
    """Send a command to the back office and return its answer."""
    response = shop.invoke("back_office", {"command": command, **fields})
    answer: dict[str, Any] = json.loads(response["Payload"].read())
    return answer


def close(shop: ShopClient, placed: CustomerOrder) -> dict[str, Any]:
    return office(shop, "close_order", order_id=placed.order_id, reason=REASON, by=BY)


def cooked(shop: ShopClient, product: str) -> CustomerOrder:
    placed, page = waiting(shop, product)
    shop.pay(page)
    shop.wait(placed, "cooked")
    return placed


def test_an_unpaid_order_is_closed_and_its_units_come_back(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)

    first, again = close(shop, placed), close(shop, placed)

    assert (first["status"], first["outcome"]) == ("cancelled", "cancelled")
    assert again["outcome"] == "already_ended"
    shown = shop.get_order(placed).json()
    assert (shown["status"], shown["reason"]) == ("cancelled", "closed_by_shop")
    assert shop.session_of(placed.order_id)["status"] == "expired"
    assert "expired" in shop.http.get(page).text
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def test_a_cooked_order_is_refunded_once(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = cooked(shop, product)

    first, again = close(shop, placed), close(shop, placed)

    assert (first["status"], first["outcome"], first["refunded"]) == ("refunded", "refunded", PRICE)
    assert again["outcome"] == "already_ended"
    shown = shop.get_order(placed).json()
    assert statuses(shown)[-2:] == ["cooked", "refunded"]
    assert [(r["amount"], r["reason"]) for r in shown["refunds"]] == [(PRICE, "closed_by_shop")]
    assert refunds_at_stripe(shop, intent_of(shop, placed)) == [PRICE]
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_page_that_was_paid_and_not_reported_is_found(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=1)
    shop.pay(page)

    found = close(shop, placed)

    assert found["outcome"] == "payment_found"
    assert found["status"] in {"paid", "cooking"}
    assert close(shop, placed)["outcome"] == "refunded"
    assert refunds_at_stripe(shop, intent_of(shop, placed)) == [PRICE]


def test_a_refund_that_failed_is_made_again_once(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed, _ = waiting(shop, product)
    assert cancel(shop, placed).status_code == 200
    intent = pay_on_another_page(shop, placed)
    wait_for_refund(shop, placed, status="succeeded", reason="order_cancelled")
    [refund] = shop.stripe_list("refunds", payment_intent=intent)
    shop.control(f"refunds/{refund['id']}/fail")
    wait_for_refund(shop, placed, status="failed")

    first = office(shop, "retry_refund", order_id=placed.order_id, by=BY)
    again = office(shop, "retry_refund", order_id=placed.order_id, by=BY)

    assert [(p["payment"], p["amount"], p["outcome"]) for p in first["payments"]] == [
        (intent, PRICE, "refunded_again")
    ]
    assert [p["outcome"] for p in again["payments"]] == ["already_refunded"]
    made = shop.stripe_list("refunds", payment_intent=intent)
    assert sorted(each["status"] for each in made) == ["failed", "succeeded"]
    refunds = shop.get_order(placed).json()["refunds"]
    assert sorted(each["status"] for each in refunds) == ["failed", "succeeded"]


def test_a_payment_without_its_order_is_listed(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    delete_order(shop, placed)
    shop.pay(page)
    intent_id = intent_of(shop, placed)
    listed: dict[str, Any] = {}

    def is_listed() -> bool:
        answer = office(shop, "list_unmatched_payments", limit=100)
        listed.update({each["payment"]: each for each in answer["payments"]})
        return intent_id in listed

    wait_until(is_listed, lambda: f"{intent_id} is not among {list(listed)}")

    found = listed[intent_id]
    assert (found["order_id"], found["amount"], found["currency"]) == (
        *(placed.order_id, PRICE, "eur"),
    )
    assert (found["recorded"], found["refunded"]) == (False, 0)


def test_the_story_of_a_cooked_order_is_shown(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = cooked(shop, product)

    story = office(shop, "show_order", order_id=placed.order_id)

    assert (story["order_id"], story["customer_id"]) == (placed.order_id, placed.customer_id)
    assert (story["status"], story["amount_total"], story["currency"]) == ("cooked", PRICE, "eur")
    [line] = story["lines"]
    assert (line["name"], line["quantity"], line["unit_amount"]) == ("Dish of the day", 1, PRICE)
    assert [change["status"] for change in story["history"]] == [
        *("pending", "waiting_for_payment", "paid", "cooking", "cooked")
    ]
    assert story["checkout"]["page"] == shop.session_of(placed.order_id)["id"]
    [payment] = story["payments"]
    assert (payment["payment"], payment["pays"]) == (intent_of(shop, placed), True)
    assert [(m["kind"], m["quantity"]) for m in story["stock_movements"]] == [
        *(("reserved", 1), ("confirmed", 1))
    ]
    times = [change["at"] for change in story["history"]]
    assert times == sorted(times)
    assert story["placed_at"] == times[0]
