"""What no webhook reported is found by asking Stripe."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from devstack import webhook
from gorder.payment.adapters.stripe_webhook import UNDERSTOOD
from tests.e2e.conftest import CustomerOrder, ShopClient, wait_until
from tests.e2e.test_the_way_back import (
    PRICE,
    intent_of,
    refund_by_hand,
    stripe_client,
    waiting,
)

pytestmark = pytest.mark.servers

COMPLETED = "checkout.session.completed"
ABOUT_REFUNDS = ("charge.refunded", "refund.updated")
ABOUT_DISPUTES = ("charge.dispute.created", "charge.dispute.closed")
AGO = 120  # seconds: old enough that a webhook is no longer on its way


def find_missed_webhooks(shop: ShopClient) -> dict[str, Any]:
    """Run what the second schedule of the sweep runs; return the result."""
    run = shop.invoke("sweep", {"tasks": "find_missed_webhooks"})
    result: dict[str, Any] = json.loads(run["Payload"].read())
    return result


@contextmanager
def two_minutes_ago(shop: ShopClient) -> Iterator[None]:
    """Let Stripe's events have a time two minutes ago."""
    shop.control("clock", advance_seconds=-AGO)
    try:
        yield
    finally:
        shop.control("clock", advance_seconds=AGO)


@contextmanager
def missed(shop: ShopClient, *types: str) -> Iterator[None]:
    """Drop the webhooks of these types, of events two minutes ago."""
    for type_ in types:
        shop.control("webhooks", mode="drop", type=type_)
    try:
        with two_minutes_ago(shop):
            yield
    finally:
        for type_ in types:
            shop.control("webhooks", mode="normal", type=type_)


@contextmanager
def endpoint_for(shop: ShopClient, *types: str) -> Iterator[None]:
    """Let the endpoint get only events of these types: then no other event is undelivered."""
    url = shop.environment["GORDER_API_URL"] + webhook.PATH
    secret = shop.environment["STRIPE_WEBHOOK_SECRET"]

    def register(*enabled: str) -> None:
        shop.control("webhook_endpoints", url=url, secret=secret, enabled_events=sorted(enabled))

    register(*types)
    try:
        with two_minutes_ago(shop):
            yield
    finally:
        register(*UNDERSTOOD)


def cooked(shop: ShopClient, product: str) -> CustomerOrder:
    placed, page = waiting(shop, product)
    shop.pay(page)
    shop.wait(placed, "cooked")
    return placed


def status(shop: ShopClient, placed: CustomerOrder) -> str:
    return str(shop.get_order(placed).json()["status"])


@pytest.mark.parametrize("runs", [1, 2])
def test_a_payment_whose_webhook_never_comes_is_cooked(shop: ShopClient, runs: int) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    with missed(shop, COMPLETED):
        shop.pay(page)
    assert status(shop, placed) == "waiting_for_payment"

    for _ in range(runs):
        assert find_missed_webhooks(shop) == {"failed": 0}

    shop.wait(placed, "cooked")
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_refund_whose_webhook_never_comes_is_recorded(shop: ShopClient) -> None:
    placed = cooked(shop, shop.stock_a_product(units=1))
    with missed(shop, *ABOUT_REFUNDS):
        refund_by_hand(shop, placed)
    assert status(shop, placed) == "cooked"

    assert find_missed_webhooks(shop) == {"failed": 0}

    shown = shop.wait(placed, "refunded")
    assert [refund["amount"] for refund in shown["refunds"]] == [PRICE]


def test_a_dispute_whose_webhooks_never_come_is_recorded(shop: ShopClient) -> None:
    placed = cooked(shop, shop.stock_a_product(units=1))
    intent = stripe_client(shop).v1.payment_intents.retrieve(intent_of(shop, placed))
    with missed(shop, *ABOUT_DISPUTES):
        dispute = shop.control("disputes", charge=intent.latest_charge)
        shop.control(f"disputes/{dispute['id']}/close", status="lost")
    assert status(shop, placed) == "cooked"

    assert find_missed_webhooks(shop) == {"failed": 0}

    shop.wait(placed, "refunded")


def test_a_refund_before_a_payment_that_was_missed_too_is_not_cooked(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    with missed(shop, COMPLETED, *ABOUT_REFUNDS):
        shop.pay(page)
        refund_by_hand(shop, placed)

    assert find_missed_webhooks(shop) == {"failed": 0}

    history = [change["status"] for change in shop.wait(placed, "refunded")["history"]]
    assert history == ["pending", "waiting_for_payment", "refunded"]
    wait_until(lambda: shop.units(product) == {"on_hand": 3, "held": 0}, lambda: "units are held")


def test_a_payment_and_a_refund_that_no_endpoint_gets_are_found(shop: ShopClient) -> None:
    """Stripe counts them as delivered."""
    refunded = cooked(shop, shop.stock_a_product(units=1))
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    with endpoint_for(shop, "product.created"):
        shop.pay(page)
        refund_by_hand(shop, refunded)
    assert status(shop, placed) == "waiting_for_payment"

    assert find_missed_webhooks(shop) == {"failed": 0}

    shop.wait(placed, "cooked")
    shop.wait(refunded, "refunded")


def test_a_webhook_after_all_changes_nothing(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    with missed(shop, COMPLETED):
        shop.pay(page)
    find_missed_webhooks(shop)
    before = shop.wait(placed, "cooked")

    event_id = shop.completed_event_of(shop.session_of(placed.order_id)["id"])
    shop.control(f"events/{event_id}/resend")

    def delivered() -> bool:
        sent = [each for each in shop.deliveries() if each["event"] == event_id]
        return any(each["state"] == "delivered" for each in sent)

    wait_until(delivered, lambda: f"the webhook of {event_id} is not delivered")
    assert find_missed_webhooks(shop) == {"failed": 0}
    assert shop.get_order(placed).json() == before
