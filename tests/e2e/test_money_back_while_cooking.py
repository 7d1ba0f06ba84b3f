"""Refunds and disputes while an order is in the kitchen."""

from collections.abc import Iterator
from typing import Any

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.contracts.events import CookingTimeElapsed, OrderData, OrderPaid
from gorder.runtime.clock import utc_now
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.queues import paused, wait_until_empty
from tests.e2e.test_the_way_back import (
    PRICE,
    intent_of,
    refund_by_hand,
    refunds_at_stripe,
    stripe_client,
    waiting,
)
from tests.fakes.aws_events import sqs_event

pytestmark = pytest.mark.servers

KITCHEN = "KitchenQueueUrl"


@pytest.fixture
def kitchen(shop: ShopClient) -> Iterator[None]:
    """The kitchen does nothing by itself. Afterwards it consumes all its messages."""
    with paused(shop, "kitchen"):
        yield


def paid(shop: ShopClient, product: str) -> CustomerOrder:
    placed, page = waiting(shop, product)
    shop.pay(page)
    shop.wait(placed, "paid")
    return placed


def consume(
    shop: ShopClient, kind: type[OrderPaid | CookingTimeElapsed], placed: CustomerOrder
) -> None:
    """Give the kitchen one message, as its queue does."""
    message = kind(
        event_id=f"test-{placed.order_id}",
        occurred_at=utc_now(),
        trace_id="1-00000000-000000000000000000000000",
        data=OrderData(order_id=placed.order_id),
    )
    answer = shop.invoke("kitchen", sqs_event(message.model_dump_json(), queue="kitchen"))
    assert b'"batchItemFailures": []' in answer["Payload"].read()


def open_dispute(shop: ShopClient, placed: CustomerOrder) -> str:
    """Open a dispute of the order's payment; return its id."""
    intent = stripe_client(shop).v1.payment_intents.retrieve(intent_of(shop, placed))
    dispute: str = shop.control("disputes", charge=intent.latest_charge)["id"]
    wait_until(
        lambda: payment_of(shop, placed)["dispute"] == "open",
        lambda: "the dispute is not recorded",
    )
    return dispute


def payment_of(shop: ShopClient, placed: CustomerOrder) -> dict[str, Any]:
    """Return the order's payment as it is stored."""
    with mongo_client(shop.environment["GORDER_MONGO_URL"]) as client:
        stored = client.get_default_database()["orders"].find_one({"_id": placed.order_id})
    assert stored
    [payment] = stored["payments"].values()
    return dict(payment)


def movements(shop: ShopClient, placed: CustomerOrder) -> list[str]:
    """Return what was booked of the order's units."""
    with (
        connect_mysql(shop.environment["GORDER_MYSQL_URL"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT kind FROM stock_movements WHERE reference = %s ORDER BY movement_id",
            (placed.order_id,),
        )
        return [kind for (kind,) in cursor.fetchall()]


def wait_for_movements(shop: ShopClient, placed: CustomerOrder, *kinds: str) -> None:
    wait_until(
        lambda: movements(shop, placed) == list(kinds),
        lambda: f"{movements(shop, placed)} is booked, not {kinds}",
    )


@pytest.mark.usefixtures("kitchen")
def test_a_refund_while_cooking_leaves_waste_and_no_food(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = paid(shop, product)
    consume(shop, OrderPaid, placed)
    shop.wait(placed, "cooking")

    refund_by_hand(shop, placed)
    shop.wait(placed, "refunded")
    consume(shop, CookingTimeElapsed, placed)

    refunded = shop.get_order(placed).json()
    assert statuses(refunded)[-3:] == ["paid", "cooking", "refunded"]
    assert [refund["amount"] for refund in refunded["refunds"]] == [PRICE]
    wait_for_movements(shop, placed, "reserved", "confirmed", "wasted")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


@pytest.mark.usefixtures("kitchen")
def test_a_refund_before_cooking_puts_the_units_back_on_sale(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = paid(shop, product)

    refund_by_hand(shop, placed)
    shop.wait(placed, "refunded")
    consume(shop, OrderPaid, placed)

    assert statuses(shop.get_order(placed).json())[-2:] == ["paid", "refunded"]
    wait_for_movements(shop, placed, "reserved", "confirmed", "returned")
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def test_a_dispute_stops_the_kitchen_until_it_is_won(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    with paused(shop, "kitchen"):
        placed = paid(shop, product)
        dispute = open_dispute(shop, placed)
    wait_until_empty(shop, KITCHEN)
    assert shop.get_order(placed).json()["status"] == "paid"

    shop.control(f"disputes/{dispute}/close", status="won")

    cooked = shop.wait(placed, "cooked")
    assert statuses(cooked)[-3:] == ["paid", "cooking", "cooked"]
    assert payment_of(shop, placed)["dispute"] == "won"
    assert shop.units(product) == {"on_hand": 2, "held": 0}


@pytest.mark.usefixtures("kitchen")
def test_a_dispute_while_cooking_stops_the_kitchen_until_it_is_won(shop: ShopClient) -> None:
    placed = paid(shop, shop.stock_a_product(units=1))
    consume(shop, OrderPaid, placed)
    shop.wait(placed, "cooking")

    dispute = open_dispute(shop, placed)
    consume(shop, CookingTimeElapsed, placed)
    assert shop.get_order(placed).json()["status"] == "cooking"
    shop.control(f"disputes/{dispute}/close", status="won")
    wait_until(
        lambda: payment_of(shop, placed)["dispute"] == "won", lambda: "the dispute is not closed"
    )
    consume(shop, CookingTimeElapsed, placed)

    shop.wait(placed, "cooked")


def test_a_dispute_that_is_lost_before_cooking_ends_the_order(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    with paused(shop, "kitchen"):
        placed = paid(shop, product)
        intent = intent_of(shop, placed)
        dispute = open_dispute(shop, placed)
        shop.control(f"disputes/{dispute}/close", status="lost")
        refunded = shop.wait(placed, "refunded")
    wait_until_empty(shop, KITCHEN)

    assert statuses(refunded)[-2:] == ["paid", "refunded"]
    assert shop.get_order(placed).json()["status"] == "refunded"
    assert (payment_of(shop, placed)["dispute"], payment_of(shop, placed)["lost"]) == (
        "lost",
        PRICE,
    )
    assert refunds_at_stripe(shop, intent) == []
    wait_for_movements(shop, placed, "reserved", "confirmed", "returned")
    assert shop.units(product) == {"on_hand": 3, "held": 0}
