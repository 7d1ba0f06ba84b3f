"""Orders that were not paid in time expire."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.model import Order
from gorder.order.status import Status
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, SESSION_ID, TIME_TO_PAY, pending, waiting
from tests.unit.order.order_scenario import RECONCILE
from tests.unit.order.sweep_scenario import SweepScenario


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["pending", "waiting"])
def test_an_unpaid_order_expires_once(order: Order) -> None:
    scenario = SweepScenario(order)

    scenario.expire()
    scenario.expire()

    assert scenario.order.status is Status.EXPIRED
    assert scenario.order.outbox == ()
    assert scenario.bus.types.count("order.expired") == 1
    assert scenario.stock.held == {}
    assert scenario.stock.available["soup"] == 10


def test_the_page_is_closed_first_then_the_order_then_the_stock() -> None:
    scenario = SweepScenario(waiting())

    scenario.expire()

    assert scenario.faults.calls == [
        "orders.overdue",
        "orders.get",
        "gateway.expire_page",
        "orders.get",
        "orders.replace",
        "stock.release",
        "events.publish",
        "orders.acknowledge",
    ]


def test_an_order_does_not_expire_early() -> None:
    scenario = SweepScenario(waiting())
    scenario.clock.now = NOON + TIME_TO_PAY

    scenario.expire()

    assert scenario.order == waiting()


def test_a_payment_without_a_webhook_is_found_and_published_once() -> None:
    scenario = SweepScenario(waiting())
    payment = scenario.gateway.pay(SESSION_ID)
    assert payment is not None

    scenario.expire()
    scenario.expire()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.bus.types == ["payment.succeeded"], "published once: the message is durable"
    assert scenario.telemetry.counts == {"PaymentFoundBySweep": 1}
    assert ORDER_ID in scenario.stock.held


def test_a_payment_found_is_counted_once_despite_conflicts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = SweepScenario(waiting())
    scenario.gateway.pay(SESSION_ID)
    answers = iter([False, False])
    real = scenario.orders.replace

    def conflicting(before: Order, after: Order, **_: bool) -> bool:
        return next(answers, True) and real(before, after)

    monkeypatch.setattr(scenario.orders, "replace", conflicting)
    scenario.expire()

    assert scenario.telemetry.counts == {"PaymentFoundBySweep": 1}
    assert scenario.bus.types == ["payment.succeeded"]
    assert scenario.order.checkout.expires_at == scenario.clock.now + timedelta(hours=1)


def test_a_payment_under_way_is_checked_again_after_an_hour() -> None:
    scenario = SweepScenario(waiting())
    scenario.gateway.begin_to_pay(SESSION_ID)

    scenario.expire()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.expires_at == scenario.clock.now + timedelta(hours=1)
    assert scenario.orders.overdue(scenario.clock.now, 50) == []


def test_a_failure_of_stripe_does_not_stop_the_other_orders() -> None:
    scenario = SweepScenario(waiting())
    scenario.add_pending("second")
    scenario.faults.on("gateway.expire_page")

    scenario.expire()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.orders.stored["second"].status is Status.EXPIRED
    assert scenario.telemetry.counts == {"SweepFailed": 1, "OrderExpired": 1}


def test_an_order_whose_page_stripe_does_not_know_expires() -> None:
    scenario = SweepScenario(waiting())
    scenario.gateway.pages.clear()

    scenario.expire()

    assert scenario.order.status is Status.EXPIRED
    assert scenario.stock.held == {}


def test_orders_that_cannot_be_closed_do_not_block_the_others() -> None:
    scenario = SweepScenario(waiting())
    del scenario.orders.stored[ORDER_ID]
    lost = waiting().wait_until(NOON + TIME_TO_PAY)
    lost = replace(lost, checkout=replace(lost.checkout, session_id="cs_of_another_account"))
    for number in range(60):
        scenario.orders.stored[f"lost-{number}"] = replace(lost, order_id=f"lost-{number}")
    scenario.gateway.unexpirable.add("cs_of_another_account")
    scenario.add_pending("younger")
    younger = pending("younger").retry_checkout(1, scenario.clock.now - timedelta(milliseconds=1))
    scenario.orders.stored["younger"] = younger

    for _ in range(2):
        scenario.expire()
        scenario.clock.advance(minutes=1)

    assert scenario.orders.stored["younger"].status is Status.EXPIRED
    assert "younger" in scenario.stock.released
    assert scenario.telemetry.counts["SweepFailed"] == 60
    assert scenario.orders.stored["lost-0"].is_open


def test_an_order_that_failed_is_tried_again_after_two_minutes() -> None:
    scenario = SweepScenario(waiting())
    scenario.faults.on("gateway.expire_page")
    scenario.expire()
    scenario.clock.advance(minutes=2)
    scenario.expire()
    assert scenario.order == waiting(), "its time to pay stays the same"

    scenario.clock.advance(seconds=1)
    scenario.expire()

    assert scenario.order.status is Status.EXPIRED


def test_an_order_without_its_page_is_postponed_too() -> None:
    scenario = SweepScenario(pending())
    scenario.faults.on("orders.replace")

    scenario.expire()
    scenario.expire()

    assert scenario.telemetry.counts == {"SweepFailed": 1}
    assert scenario.order == pending()


def test_more_than_one_batch_expires() -> None:
    scenario = SweepScenario(pending())
    for number in range(120):
        scenario.orders.stored[f"late-{number}"] = pending(f"late-{number}")

    scenario.expire()

    assert {order.status for order in scenario.orders.stored.values()} == {Status.EXPIRED}


def test_the_sweep_stops_after_forty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = SweepScenario(pending())
    for number in range(3):
        scenario.add_pending(f"late-{number}")
    release = scenario.stock.release

    def slowly(order_id: str, trace_id: str) -> None:
        scenario.clock.advance(seconds=30)
        release(order_id, trace_id)

    monkeypatch.setattr(scenario.stock, "release", slowly)

    scenario.expire()

    closed = [order for order in scenario.orders.stored.values() if order.is_closed]
    assert len(closed) == 2


def test_an_expired_order_that_was_paid_meanwhile_is_found() -> None:
    scenario = SweepScenario(waiting())
    scenario.expire()
    scenario.gateway.ended.clear()
    scenario.pay()

    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.PAID
    assert ORDER_ID in scenario.stock.sold
