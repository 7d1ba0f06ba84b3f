"""Orders nobody paid in time are closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.model import Order, Status
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, SESSION_ID, TIME_TO_PAY, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.shop import MONEY_CAME
from tests.unit.order.swept import Swept


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["pending", "waiting"])
def test_an_order_nobody_paid_expires(order: Order) -> None:
    shop = Swept(order)

    shop.expire()
    shop.expire()

    assert shop.order.status is Status.EXPIRED
    assert shop.order.outbox == ()
    assert shop.bus.types.count("order.expired") == 1
    assert shop.stock.held == {}
    assert shop.stock.available["soup"] == 10


def test_first_the_page_then_the_order_then_the_stock() -> None:
    shop = Swept(waiting())

    shop.expire()

    assert shop.faults.calls == [
        "orders.overdue",
        "orders.get",
        "gateway.expire_page",
        "orders.get",
        "orders.replace",
        "stock.release",
        "events.publish",
        "orders.acknowledge",
    ]


def test_before_its_time_no_order_expires() -> None:
    shop = Swept(waiting())
    shop.clock.now = NOON + TIME_TO_PAY

    shop.expire()

    assert shop.order == waiting()


def test_a_payment_whose_webhook_never_came_is_found() -> None:
    shop = Swept(waiting())
    payment = shop.gateway.pay(SESSION_ID)
    assert payment is not None

    shop.expire()
    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.bus.types == ["payment.succeeded"], "told once: the message is durable"
    assert shop.telemetry.counts == {"PaymentFoundBySweep": 1}
    assert ORDER_ID in shop.stock.held


def test_a_payment_found_is_counted_once_despite_conflicts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Swept(waiting())
    shop.gateway.pay(SESSION_ID)
    answers = iter([False, False])
    real = shop.orders.replace

    def conflicting(before: Order, after: Order) -> bool:
        return next(answers, True) and real(before, after)

    monkeypatch.setattr(shop.orders, "replace", conflicting)
    shop.expire()

    assert shop.telemetry.counts == {"PaymentFoundBySweep": 1}
    assert shop.bus.types == ["payment.succeeded"]
    assert shop.order.checkout.expires_at == shop.clock.now + timedelta(hours=1)


def test_a_payment_under_way_is_looked_at_again_after_an_hour() -> None:
    shop = Swept(waiting())
    shop.gateway.begin_to_pay(SESSION_ID)

    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.order.checkout.expires_at == shop.clock.now + timedelta(hours=1)
    assert shop.orders.overdue(shop.clock.now, 50) == []


def test_stripe_down_for_one_order_leaves_the_others_their_turn() -> None:
    shop = Swept(waiting())
    shop.also("second")
    shop.faults.at(2, Mishap.FAILS)

    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.orders.stored["second"].status is Status.EXPIRED
    assert shop.telemetry.counts == {"SweepFailed": 1, "OrderExpired": 1}


def test_orders_that_cannot_be_closed_keep_no_other_from_its_turn() -> None:
    shop = Swept(waiting())
    del shop.orders.stored[ORDER_ID]
    lost = waiting().wait_until(NOON + TIME_TO_PAY)
    lost = replace(lost, checkout=replace(lost.checkout, session_id="cs_of_another_account"))
    for number in range(60):
        shop.orders.stored[f"lost-{number}"] = replace(lost, order_id=f"lost-{number}")
    shop.also("younger")
    younger = pending("younger").retry_checkout(1, shop.clock.now - timedelta(milliseconds=1))
    shop.orders.stored["younger"] = younger

    for _ in range(2):
        shop.expire()
        shop.clock.advance(minutes=1)

    assert shop.orders.stored["younger"].status is Status.EXPIRED
    assert "younger" in shop.stock.released
    assert shop.telemetry.counts["SweepFailed"] == 60
    assert shop.orders.stored["lost-0"].is_open


def test_an_order_that_could_not_be_closed_is_tried_again_after_five_minutes() -> None:
    shop = Swept(waiting())
    shop.faults.at(2, Mishap.FAILS)
    shop.expire()
    assert shop.order.is_open

    shop.clock.advance(minutes=5, seconds=1)
    shop.expire()

    assert shop.order.status is Status.EXPIRED


def test_an_attempt_whose_page_may_be_under_way_keeps_its_time() -> None:
    shop = Swept(pending())
    shop.faults.at(2, Mishap.FAILS)

    shop.expire()

    assert shop.telemetry.counts == {"SweepFailed": 1}
    assert shop.order == pending()


def test_however_many_are_overdue_all_are_closed() -> None:
    shop = Swept(pending())
    for number in range(120):
        shop.orders.stored[f"late-{number}"] = pending(f"late-{number}")

    shop.expire()

    assert {order.status for order in shop.orders.stored.values()} == {Status.EXPIRED}


def test_after_a_minute_the_rest_is_left_to_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Swept(pending())
    for number in range(3):
        shop.also(f"late-{number}")
    release = shop.stock.release

    def slowly(order_id: str, trace_id: str) -> None:
        shop.clock.advance(seconds=40)
        release(order_id, trace_id)

    monkeypatch.setattr(shop.stock, "release", slowly)

    shop.expire()

    closed = [order for order in shop.orders.stored.values() if order.is_closed]
    assert len(closed) == 2


def test_money_for_a_closed_order_is_somebodys_to_look_at() -> None:
    shop = Swept(waiting())
    shop.expire()

    with pytest.raises(Exception, match="is expired and cannot become paid"):
        shop.handle(MONEY_CAME)

    assert shop.stock.sold == {}
