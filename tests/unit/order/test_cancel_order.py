"""Cancelling an order before it is paid, and when it is too late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.access_token import Scope
from gorder.order.changes import OutboxEvent
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.commands.close_order import CloseOrder
from gorder.order.errors import OrderAlreadyPaid, OrderClosed, OrderNotFound, PaymentUnderWay
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.payment.model import PageReport, PageState
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
from tests.fakes.keys import TOKENS
from tests.unit.order.order_scenario import AWAIT_PAYMENT, CANCEL, CLOSE, LOOK, OrderScenario

ALL_AVAILABLE = {"soup": 10, "bread": 10, "yacht": 10}


def expired() -> Order:
    """Return an order that was not paid in time."""
    late = OutboxEvent("expired", "order.expired", NOON + timedelta(hours=1))
    return waiting().expire(late).delivered(["expired"])


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["pending", "waiting"])
def test_an_unpaid_order_is_cancelled_and_its_stock_is_released(order: Order) -> None:
    scenario = OrderScenario(order)

    answer = scenario.handle(CANCEL)

    assert answer is not None
    assert answer.status is scenario.order.status is Status.CANCELLED
    assert scenario.order.outbox == ()
    assert scenario.bus.types[-1] == "order.cancelled"
    assert scenario.stock.available == ALL_AVAILABLE


def test_the_page_is_closed_first_then_the_order_then_the_stock() -> None:
    scenario = OrderScenario(waiting())

    scenario.handle(CANCEL)

    assert scenario.faults.calls == [
        "orders.get",
        "gateway.expire_page",
        "orders.get",
        "orders.replace",
        "stock.release",
        "events.publish",
        "orders.acknowledge",
    ]
    assert scenario.gateway.pay(SESSION_ID) is None


def test_cancelling_twice_returns_the_same_order() -> None:
    scenario = OrderScenario(waiting())

    first, second = scenario.handle(CANCEL), scenario.handle(CANCEL)

    assert first is not None
    assert second == first.delivered(event.event_id for event in first.outbox)
    assert scenario.bus.types == ["order.cancelled"]


@pytest.mark.parametrize("order", [paid(), cooked()], ids=["paid", "cooked"])
def test_a_paid_order_cannot_be_cancelled(order: Order) -> None:
    scenario = OrderScenario(order)

    with pytest.raises(OrderAlreadyPaid):
        scenario.handle(CANCEL)

    assert scenario.order == order
    assert scenario.faults.calls == ["orders.get"]


def test_a_payment_found_on_the_page_is_published() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.pay(SESSION_ID)

    with pytest.raises(OrderAlreadyPaid):
        scenario.handle(CANCEL)

    assert scenario.order == waiting()
    assert ORDER_ID in scenario.stock.held
    [event] = scenario.bus.published
    assert (event.event_type, event.data.order_id) == ("payment.succeeded", ORDER_ID)


def test_a_payment_under_way_keeps_the_order_and_its_stock() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.begin_to_pay(SESSION_ID)

    with pytest.raises(PaymentUnderWay):
        scenario.handle(CANCEL)

    assert scenario.order == waiting()
    assert ORDER_ID in scenario.stock.held


def test_an_expired_order_cannot_be_cancelled() -> None:
    with pytest.raises(OrderClosed):
        OrderScenario(expired()).handle(CANCEL)


def test_nothing_changes_while_stripe_does_not_answer() -> None:
    scenario = OrderScenario(waiting())
    scenario.faults.on("gateway.expire_page")

    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.handle(CANCEL)

    assert scenario.order == waiting()
    assert ORDER_ID in scenario.stock.held


def test_a_page_that_is_saved_meanwhile_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = OrderScenario(waiting())
    scenario.orders.stored[ORDER_ID] = pending()
    real = scenario.orders.replace

    def overtaken(before: Order, after: Order, **_: bool) -> bool:
        monkeypatch.setattr(scenario.orders, "replace", real)
        scenario.handle(AWAIT_PAYMENT)
        return real(before, after)

    monkeypatch.setattr(scenario.orders, "replace", overtaken)
    scenario.handle(CANCEL)

    assert scenario.order.status is Status.CANCELLED
    assert scenario.gateway.ended[SESSION_ID].state is PageState.EXPIRED


def test_a_conflict_does_not_repeat_the_call_to_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = OrderScenario(waiting())
    answers = iter([False, False, False, False])
    real = scenario.orders.replace

    def conflicting(before: Order, after: Order, **_: bool) -> bool:
        return next(answers, True) and real(before, after)

    monkeypatch.setattr(scenario.orders, "replace", conflicting)
    scenario.handle(CANCEL)

    assert scenario.order.status is Status.CANCELLED
    assert scenario.faults.calls.count("gateway.expire_page") == 1


@pytest.mark.parametrize(
    ("minutes_left", "between"),
    [(30, Status.EXPIRED), (32, Status.PENDING)],
    ids=["no time for another page", "time for another page"],
)
@pytest.mark.parametrize("command", [CANCEL, CLOSE], ids=["customer", "shop"])
def test_stripes_event_of_the_closed_page_may_come_first(
    command: CancelOrder | CloseOrder,
    minutes_left: int,
    between: Status,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = OrderScenario(waiting())
    expires_at = scenario.clock() + timedelta(minutes=minutes_left)
    checkout = replace(scenario.order.checkout, expires_at=expires_at)
    scenario.orders.stored[ORDER_ID] = replace(scenario.order, checkout=checkout)
    expire = scenario.gateway.expire_page
    seen = []

    def then_the_event_comes(session_id: str) -> PageReport:
        report = expire(session_id)
        scenario.handle(LOOK)
        seen.append(scenario.order.status)
        return report

    monkeypatch.setattr(scenario.gateway, "expire_page", then_the_event_comes)
    scenario.handle(command)
    scenario.handle(LOOK)

    assert seen == [between]
    assert scenario.order.status is Status.CANCELLED
    assert scenario.bus.types.count("order.cancelled") == 1
    assert scenario.stock.available == ALL_AVAILABLE


@pytest.mark.parametrize(
    "command",
    [
        replace(CANCEL, access_token="v1.cancel.9.x"),
        replace(CANCEL, customer_id="bob"),
        replace(CANCEL, order_id="another"),
        replace(CANCEL, access_token=TOKENS.issue([Scope.READ], CUSTOMER_ID, ORDER_ID, NOON)),
    ],
    ids=["forged token", "other customer", "other order", "token to read"],
)
def test_a_token_that_does_not_match_makes_no_call(command: CancelOrder) -> None:
    scenario = OrderScenario(waiting())

    with pytest.raises(OrderNotFound):
        scenario.handle(command)

    assert scenario.faults.calls == []


def test_an_order_that_is_not_stored_is_not_found() -> None:
    scenario = OrderScenario(waiting())
    scenario.orders.stored.clear()

    with pytest.raises(OrderNotFound):
        scenario.handle(CANCEL)
