"""Business metrics: each change of status is recorded once."""

from datetime import timedelta

import pytest

from gorder.order.model import Order
from tests.fakes.examples import ORDER_ID, SESSION_ID, cooked, cooking, paid, pending, waiting
from tests.unit.order.order_scenario import (
    AWAIT_PAYMENT,
    CANCEL,
    LOOK,
    MARK_COOKED,
    RECONCILE,
    UNAVAILABLE,
    Message,
    OrderScenario,
)


@pytest.mark.parametrize(
    ("order", "message", "counts"),
    [
        (pending(), AWAIT_PAYMENT, {"OrderWaitingForPayment": 1}),
        (waiting(), RECONCILE, {"OrderPaid": 1, "UnitsSold": 3}),
        (paid(), MARK_COOKED, {"OrderCooked": 1}),
        (pending(), CANCEL, {"OrderCancelled": 1}),
    ],
)
def test_a_new_status_is_counted_once_despite_repeated_messages(
    order: Order, message: Message, counts: dict[str, int]
) -> None:
    scenario = OrderScenario(order)
    if message == RECONCILE:
        scenario.pay()

    scenario.handle(message)
    scenario.handle(message)

    assert scenario.telemetry.counts == counts


def test_a_payment_records_revenue_and_time() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()

    scenario.handle(RECONCILE)

    assert scenario.telemetry.revenues == [(1650, "eur")]
    assert scenario.telemetry.timings == {"TimeToPaid": [timedelta(minutes=5)]}


@pytest.mark.parametrize(
    ("order", "counts"),
    [
        (paid(), {"OrderRefunded": 1, "UnitsReturned": 3}),
        (cooking(), {"OrderRefunded": 1, "UnitsWasted": 3}),
    ],
)
def test_refunds_lower_the_revenue(order: Order, counts: dict[str, int]) -> None:
    scenario = OrderScenario(order)
    scenario.pay()

    scenario.gateway.give_back(SESSION_ID, 650)
    scenario.handle(LOOK)
    scenario.gateway.give_back(SESSION_ID, 1000)
    scenario.handle(LOOK)
    scenario.handle(LOOK)

    assert scenario.telemetry.revenues == [(-650, "eur"), (-1000, "eur")]
    assert scenario.telemetry.counts == counts


def test_a_lost_dispute_lowers_the_revenue() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)
    scenario.handle(LOOK)
    scenario.gateway.dispute(SESSION_ID, "lost")
    scenario.handle(LOOK)

    assert scenario.telemetry.revenues == [(-1650, "eur")]


def test_an_order_that_was_never_paid_has_no_revenue() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    scenario.handle(LOOK)

    assert scenario.telemetry.revenues == []
    assert scenario.telemetry.counts == {"OrderRefunded": 1}


def test_money_that_comes_back_to_an_order_that_was_never_paid_is_revenue() -> None:
    """The refund in the dashboard came before the webhook of the payment, and fails later."""
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)
    scenario.handle(LOOK)

    scenario.gateway.fail_refund(SESSION_ID)
    scenario.handle(LOOK)
    scenario.handle(LOOK)

    assert scenario.telemetry.revenues == [(1650, "eur")]
    assert scenario.order.revenue == 1650


def test_the_time_to_cooked_starts_at_the_payment() -> None:
    scenario = OrderScenario(paid())

    scenario.handle(MARK_COOKED)

    assert scenario.telemetry.revenues == []
    assert scenario.telemetry.timings == {"TimeToCooked": [timedelta(minutes=3)]}


def test_a_payment_that_was_not_saved_is_not_recorded() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.faults.on("orders.replace")

    with pytest.raises(UNAVAILABLE):
        scenario.handle(RECONCILE)

    assert scenario.order.order_id == ORDER_ID
    assert scenario.telemetry.counts == {}
    assert scenario.telemetry.revenues == []


def test_an_order_that_lost_its_page_is_not_counted_again() -> None:
    scenario = OrderScenario(waiting())
    scenario.clock.now = waiting().checkout.expires_at - timedelta(minutes=40)
    scenario.gateway.expire_page(SESSION_ID)

    scenario.handle(LOOK)

    assert scenario.order.awaits_checkout
    assert scenario.telemetry.counts == {}
