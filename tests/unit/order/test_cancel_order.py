"""Turning back before the money came, and when it is too late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.access_token import Scope
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.model import (
    Order,
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotFound,
    OutboxEvent,
    PaymentUnderWay,
    Status,
)
from gorder.payment.model import PageState
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    CUSTOMER_ID,
    ORDER_ID,
    SESSION_ID,
    cooked,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Mishap
from tests.unit.order.shop import NOT_WANTED, PAGE_MADE, TOKENS, Shop

ALL_FREE = {"soup": 10, "bread": 10, "yacht": 10}


def expired() -> Order:
    """Nobody paid it in time."""
    late = OutboxEvent("expired", "order.expired", NOON + timedelta(hours=1))
    return waiting().expire(late).delivered(["expired"])


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["pending", "waiting"])
def test_an_unpaid_order_is_cancelled_and_its_stock_is_free(order: Order) -> None:
    shop = Shop(order)

    answer = shop.handle(NOT_WANTED)

    assert answer is not None
    assert answer.status is shop.order.status is Status.CANCELLED
    assert shop.order.outbox == ()
    assert shop.bus.types[-1] == "order.cancelled"
    assert shop.stock.available == ALL_FREE


def test_the_page_is_closed_first_then_the_order_then_the_stock() -> None:
    shop = Shop(waiting())

    shop.handle(NOT_WANTED)

    assert shop.faults.calls == [
        "orders.get",
        "gateway.expire_page",
        "orders.get",
        "orders.replace",
        "stock.release",
        "events.publish",
        "orders.acknowledge",
    ]
    assert shop.gateway.pay(SESSION_ID) is None


def test_again_is_the_same_answer() -> None:
    shop = Shop(waiting())

    first, second = shop.handle(NOT_WANTED), shop.handle(NOT_WANTED)

    assert first is not None
    assert second == first.delivered(event.event_id for event in first.outbox)
    assert shop.bus.types == ["order.cancelled"]


@pytest.mark.parametrize("order", [paid(), cooked()], ids=["paid", "cooked"])
def test_what_is_paid_stays_paid(order: Order) -> None:
    shop = Shop(order)

    with pytest.raises(OrderAlreadyPaid):
        shop.handle(NOT_WANTED)

    assert shop.order == order
    assert shop.faults.calls == ["orders.get"]


def test_a_payment_whose_message_has_not_come_yet_wins_and_is_told() -> None:
    shop = Shop(waiting())
    shop.gateway.pay(SESSION_ID)

    with pytest.raises(OrderAlreadyPaid):
        shop.handle(NOT_WANTED)

    assert shop.order == waiting()
    assert ORDER_ID in shop.stock.held
    [event] = shop.bus.published
    assert (event.event_type, event.data.order_id) == ("payment.succeeded", ORDER_ID)


def test_a_payment_under_way_is_waited_for() -> None:
    shop = Shop(waiting())
    shop.gateway.begin_to_pay(SESSION_ID)

    with pytest.raises(PaymentUnderWay):
        shop.handle(NOT_WANTED)

    assert shop.order == waiting()
    assert ORDER_ID in shop.stock.held


def test_what_has_expired_cannot_be_cancelled() -> None:
    with pytest.raises(OrderClosed):
        Shop(expired()).handle(NOT_WANTED)


def test_while_stripe_is_silent_nothing_changes() -> None:
    shop = Shop(waiting())
    shop.faults.at(1, Mishap.FAILS)

    with pytest.raises(PaymentGatewayUnavailableError):
        shop.handle(NOT_WANTED)

    assert shop.order == waiting()
    assert ORDER_ID in shop.stock.held


def test_a_page_that_is_saved_meanwhile_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(waiting())
    shop.orders.stored[ORDER_ID] = pending()
    real = shop.orders.replace

    def overtaken(before: Order, after: Order) -> bool:
        monkeypatch.setattr(shop.orders, "replace", real)
        shop.handle(PAGE_MADE)
        return real(before, after)

    monkeypatch.setattr(shop.orders, "replace", overtaken)
    shop.handle(NOT_WANTED)

    assert shop.order.status is Status.CANCELLED
    assert shop.gateway.ended[SESSION_ID].state is PageState.EXPIRED


def test_a_conflict_does_not_repeat_the_call_to_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(waiting())
    answers = iter([False, False, False, False])
    real = shop.orders.replace

    def conflicting(before: Order, after: Order) -> bool:
        return next(answers, True) and real(before, after)

    monkeypatch.setattr(shop.orders, "replace", conflicting)
    shop.handle(NOT_WANTED)

    assert shop.order.status is Status.CANCELLED
    assert shop.faults.calls.count("gateway.expire_page") == 1


@pytest.mark.parametrize(
    "command",
    [
        replace(NOT_WANTED, access_token="v1.cancel.9.x"),
        replace(NOT_WANTED, customer_id="bob"),
        replace(NOT_WANTED, order_id="another"),
        replace(NOT_WANTED, access_token=TOKENS.issue([Scope.READ], CUSTOMER_ID, ORDER_ID, NOON)),
    ],
    ids=["forged token", "other customer", "other order", "token to read"],
)
def test_without_the_right_token_nobody_is_asked(command: CancelOrder) -> None:
    shop = Shop(waiting())

    with pytest.raises(OrderNotFound):
        shop.handle(command)

    assert shop.faults.calls == []


def test_an_order_that_is_not_there_is_not_found() -> None:
    shop = Shop(waiting())
    shop.orders.stored.clear()

    with pytest.raises(OrderNotFound):
        shop.handle(NOT_WANTED)
