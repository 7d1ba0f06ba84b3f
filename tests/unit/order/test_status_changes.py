"""Commands that change a placed order, repeated and out of order."""

from dataclasses import replace
from itertools import count

import pytest

from gorder.order.commands.transition import transition
from gorder.order.errors import IllegalTransitionError
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.order.store_errors import ConcurrentUpdateError, OrderMissingError
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    ORDER_ID,
    PAGE_URL,
    SESSION_ID,
    TIME_TO_PAY,
    TRACE_ID,
    cooked,
    paid,
    payment,
    pending,
    waiting,
)
from tests.unit.order.order_scenario import (
    AWAIT_PAYMENT,
    BEGIN,
    MARK_COOKED,
    RECONCILE,
    RETRY,
    Message,
    OrderScenario,
)


def test_saving_the_page_acknowledges_its_event() -> None:
    scenario = OrderScenario(pending())

    scenario.handle(AWAIT_PAYMENT)

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert (scenario.order.checkout.session_id, scenario.order.checkout.url) == (
        SESSION_ID,
        PAGE_URL,
    )
    assert scenario.order.outbox == ()


def test_a_payment_confirms_the_stock_and_is_published() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()

    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.PAID
    assert scenario.order.payment == payment()
    assert scenario.stock.held == {}
    assert ORDER_ID in scenario.stock.sold
    [event] = scenario.bus.published
    assert (event.event_type, event.trace_id) == ("order.paid", TRACE_ID)
    assert scenario.order.outbox == ()


def test_a_cooked_order_is_published() -> None:
    scenario = OrderScenario(paid())

    scenario.handle(MARK_COOKED)

    assert scenario.order.status is Status.COOKED
    assert scenario.bus.types == ["order.cooked"]
    assert scenario.order.outbox == ()


@pytest.mark.parametrize(
    ("order", "message"),
    [(pending(), AWAIT_PAYMENT), (waiting(), RECONCILE), (paid(), MARK_COOKED)],
    ids=["await payment", "mark paid", "mark cooked"],
)
def test_a_repeated_command_changes_nothing(order: Order, message: Message) -> None:
    scenario = OrderScenario(order)
    if message == RECONCILE:
        scenario.pay()
    scenario.handle(message)
    first, published, sold = scenario.order, list(scenario.bus.published), dict(scenario.stock.sold)
    scenario.clock.advance(hours=1)

    scenario.handle(message)

    assert (scenario.order, scenario.bus.published, scenario.stock.sold) == (first, published, sold)


def test_the_payment_may_come_before_the_page_is_saved() -> None:
    scenario = OrderScenario(pending())
    scenario.pay()

    scenario.handle(RECONCILE)
    scenario.handle(AWAIT_PAYMENT)

    assert scenario.order.status is Status.PAID
    assert [change.status for change in scenario.order.history] == [Status.PENDING, Status.PAID]
    assert scenario.bus.types == ["order.created", "order.paid"]
    assert scenario.order.outbox == ()


def test_the_payment_may_be_repeated_after_cooking() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()

    scenario.handle(RECONCILE)

    assert scenario.order == cooked()
    assert scenario.bus.published == []


@pytest.mark.parametrize(
    ("order", "message", "error"),
    [
        (waiting(), MARK_COOKED, IllegalTransitionError),
    ],
    ids=["unpaid"],
)
def test_a_command_that_does_not_match_changes_nothing(
    order: Order, message: Message, error: type[Exception]
) -> None:
    scenario = OrderScenario(order)

    with pytest.raises(error):
        scenario.handle(message)

    assert scenario.order == order
    assert scenario.bus.published == []
    assert scenario.stock.sold == {}


@pytest.mark.parametrize("message", [AWAIT_PAYMENT, MARK_COOKED, BEGIN])
def test_an_order_that_is_not_stored_is_an_error(message: Message) -> None:
    scenario = OrderScenario(pending())
    scenario.pay()
    scenario.orders.stored.clear()

    with pytest.raises(OrderMissingError):
        scenario.handle(message)


def test_the_first_attempt_costs_no_write() -> None:
    scenario = OrderScenario(pending())

    order = scenario.handle(BEGIN)

    assert order == pending()
    assert scenario.faults.calls == ["orders.get"]


def test_a_failed_attempt_is_followed_by_one_more() -> None:
    scenario = OrderScenario(pending())

    again = scenario.handle(RETRY)
    scenario.clock.advance(minutes=1)
    twice = scenario.handle(RETRY)

    assert again == twice == scenario.order
    assert scenario.order.checkout.attempt == 2
    assert scenario.order.checkout.expires_at == NOON + TIME_TO_PAY


def test_a_change_applies_to_the_order_stored_meanwhile() -> None:
    scenario = OrderScenario(pending())
    interrupted = False

    def save_after_another_writer(order: Order) -> Order:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            scenario.handle(AWAIT_PAYMENT)
        return order.await_payment("cs_late", "https://pay.example/late", NOON)

    transition(scenario.orders, scenario.telemetry, ORDER_ID, save_after_another_writer)

    assert scenario.order.checkout.session_id == SESSION_ID


def test_an_order_that_keeps_changing_is_a_transient_error() -> None:
    scenario = OrderScenario(pending())
    attempts = count(1)

    def always_too_late(order: Order) -> Order:
        attempt = order.checkout.attempt
        scenario.handle(replace(RETRY, failed_attempt=attempt))
        next(attempts)
        return order.retry_checkout(attempt, NOON)

    with pytest.raises(ConcurrentUpdateError, match=ORDER_ID):
        transition(scenario.orders, scenario.telemetry, ORDER_ID, always_too_late)

    assert next(attempts) == 6
