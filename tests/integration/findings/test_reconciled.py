"""What a reconciliation records, settles and publishes, and what it says of it."""

from datetime import timedelta

import pytest

from gorder.order.errors import PaymentNotReconciled, RepairRefused
from gorder.runtime.clock import utc_now
from gorder.stock.model import ReservationState
from tests.integration.findings.test_endings import (
    CASH,
    RepairedShop,
    forgotten_refund,
    reserved_as,
    shop,
    unreserved,
)

pytestmark = pytest.mark.servers

__all__ = ["shop"]


def test_a_payment_on_a_page_that_the_order_lost_is_recorded_by_its_id(shop: RepairedShop) -> None:
    shop.begin()
    shop.scenario.pay(shop.order_id)
    shop.by_hand({"checkout.session_id": None})
    assert shop.reconcile()["recorded"] == []

    assert shop.reconcile(payment="pi_1")["recorded"] == ["pi_1"]

    with pytest.raises(PaymentNotReconciled, match="on none of gorder's pages"):
        shop.reconcile(payment="pi_9")


def test_a_page_that_stripe_does_not_know_does_not_stop_the_others(shop: RepairedShop) -> None:
    shop.pay()
    forgotten_refund(shop)
    second = {"session_id": "cs_9", "payment_intent_id": "pi_9", "amount": 5, "currency": "eur"}
    shop.by_hand({"payments.pi_9": second | {"refund_reason": "second_payment"}})

    answer = shop.reconcile()

    assert answer["recorded"] == ["pi_1"]
    [failed] = answer["failed"]
    assert failed.startswith("page cs_9: No such")
    assert failed in answer["text"]

    assert "refund_not_recorded" not in shop.kinds()
    shop.repair({}, "payments.pi_9")
    assert shop.kinds() == set()


def test_a_paid_order_that_lost_its_payment_is_not_refunded(shop: RepairedShop) -> None:
    shop.pay()
    stored = shop.collection.find_one({"_id": shop.order_id}) or {}
    shop.by_hand({"payments": {}, "payment": None})
    assert {"payment_not_recorded", "order_contradicts_itself"} <= shop.kinds()

    with pytest.raises(RepairRefused, match="Repair the order first"):
        shop.reconcile()

    assert shop.deployment.gateway.refunds == {}
    shop.repair({"payments": {"pi_1": stored["payments"]["pi_1"]}})
    assert shop.kinds() == set()


def test_an_event_that_was_not_published_is(shop: RepairedShop) -> None:
    shop.pay()
    event = {"event_id": "e", "event_type": "order.paid"}
    shop.by_hand({"outbox": [event | {"occurred_at": utc_now() - timedelta(hours=1)}]})
    assert "order_late" in shop.kinds()

    shop.reconcile()

    assert "order_late" not in shop.kinds()


def test_units_are_settled_as_the_status_asks(shop: RepairedShop) -> None:
    shop.pay()
    shop.scenario.deliver("kitchen")
    reserved_as(ReservationState.HELD)(shop)
    assert shop.kinds() == {"states_differ"}

    assert shop.reconcile()["units"] is None

    assert shop.kinds() == set()
    unreserved(shop)
    answer = shop.reconcile()
    assert "has no reservation" in answer["units"]
    assert "Its units are not settled" in answer["text"]


def test_a_payment_without_reserved_units_is_not_said_to_be_recorded(shop: RepairedShop) -> None:
    shop.begin()
    shop.scenario.pay(shop.order_id)
    unreserved(shop)

    answer = shop.reconcile()

    assert answer["recorded"] == []
    assert "no units are reserved" in answer["units"]
    assert "gorder orders cancel" in answer["text"]
    assert shop.commands() == set()


def test_events_of_a_cooked_order_do_not_wait_for_its_units(shop: RepairedShop) -> None:
    shop.pay()
    shop.scenario.deliver("kitchen")
    unreserved(shop)
    event = {"event_id": "e", "event_type": "order.cooked", "occurred_at": utc_now()}
    shop.by_hand({"outbox": [event]})

    assert "no units are reserved" in shop.reconcile()["units"]

    order = shop.deployment.orders.get(shop.order_id)
    assert order.outbox == ()
    assert order.notes[-1].text == "published order.cooked"


def test_a_payment_in_cash_is_no_page(shop: RepairedShop) -> None:
    shop.pay()
    shop.repair({"payments.cash-1": CASH | {"refund_reason": "second_payment"}})

    assert shop.reconcile()["text"] == "Stripe states no more."
