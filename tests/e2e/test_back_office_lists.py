"""The shop's staff list, export and refund orders on the running stack."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.conftest import ShopClient
from tests.e2e.test_back_office_orders import BY, REASON, cooked, office
from tests.e2e.test_the_way_back import PRICE, intent_of, refunds_at_stripe, waiting

pytestmark = pytest.mark.servers

PART = 100


def test_the_orders_of_a_customer_are_listed_and_exported(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = cooked(shop, product)
    mine = {"customer_id": placed.customer_id}

    listed = office(shop, "list_orders", **mine)

    [row] = [each for each in listed["orders"] if each["order_id"] == placed.order_id]
    assert (row["status"], row["amount_total"], row["units"]) == ("cooked", PRICE, 1)
    assert (row["stuck"], row["unreadable"]) == (None, None)
    found = office(shop, "list_orders", **mine, status=["cooked"], placed_from=row["placed_at"])
    assert placed.order_id in [each["order_id"] for each in found["orders"]]
    assert not office(shop, "list_orders", **mine, placed_until=row["placed_at"])["orders"]
    exported = office(shop, "export_orders", placed_from=row["placed_at"], limit=1)
    [story] = exported["orders"]
    assert datetime.fromisoformat(story["placed_at"]) >= datetime.fromisoformat(row["placed_at"])


def test_pages_have_every_order_once(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    first, last = waiting(shop, product)[0], waiting(shop, product)[0]
    since = office(shop, "show_order", order_id=first.order_id)["placed_at"]
    listed: list[str] = []
    page = office(shop, "list_orders", placed_from=since, limit=1)
    listed += [row["order_id"] for row in page["orders"]]
    while page["next"]:
        page = office(shop, "list_orders", placed_from=since, limit=1, after=page["next"])
        listed += [row["order_id"] for row in page["orders"]]

    assert len(listed) == len(set(listed))
    assert {first.order_id, last.order_id} <= set(listed)
    assert listed.index(last.order_id) < listed.index(first.order_id)


def refusal(shop: ShopClient, command: str, **fields: object) -> dict[str, Any]:
    """Send a command that the back office refuses, and return the error."""
    response = shop.aws("lambda").invoke(
        FunctionName=shop.function("back_office")["FunctionName"],
        Payload=json.dumps({"command": command, **fields}).encode(),
    )
    assert response["FunctionError"]
    error: dict[str, Any] = json.loads(response["Payload"].read())
    return error


def test_a_part_is_refunded_once_and_then_the_rest(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = cooked(shop, product)
    asked = {"order_id": placed.order_id, "reason": REASON, "by": BY}
    part = asked | {"amount": PART, "refunded_before": 0}

    planned = office(shop, "refund_order", **part, dry_run=True)
    first, again = office(shop, "refund_order", **part), office(shop, "refund_order", **part)
    other = refusal(shop, "refund_order", **part | {"amount": PART + 1})

    assert (planned["outcome"], planned["left"]) == ("would_refund_in_part", PRICE)
    assert first == again
    assert (first["outcome"], first["status"], first["left"]) == (
        *("refunded_in_part", "cooked", PRICE - PART),
    )
    assert other["errorType"] == "RefundedMeanwhile"
    assert refunds_at_stripe(shop, intent_of(shop, placed)) == [PART]
    rest = office(shop, "refund_order", **asked)
    assert (rest["outcome"], rest["status"]) == ("refunded", "refunded")
    assert sorted(refunds_at_stripe(shop, intent_of(shop, placed))) == [PART, PRICE - PART]
    story = office(shop, "show_order", order_id=placed.order_id)
    assert [note["amount"] for note in story["notes"]] == [PART, PRICE - PART]
    assert story["reservation"]["state"] == "wasted"
    reasons = {refund["reason"] for refund in shop.get_order(placed).json()["refunds"]}
    assert reasons == {"refunded_by_shop"}


def test_a_dry_run_closes_nothing(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, _ = waiting(shop, product)
    asked = {"order_id": placed.order_id, "reason": REASON, "by": BY}

    planned = office(shop, "close_order", **asked, dry_run=True)

    assert (planned["outcome"], planned["status"]) == ("would_cancel", "waiting_for_payment")
    assert shop.session_of(placed.order_id)["status"] == "open"
    assert office(shop, "close_order", **asked)["outcome"] == "cancelled"
