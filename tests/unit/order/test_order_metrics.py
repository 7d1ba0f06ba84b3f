"""Business metrics: each change of status is recorded once."""

from datetime import timedelta

import pytest

from gorder.order.model import Order
from tests.fakes.examples import ORDER_ID, paid, pending, waiting
from tests.unit.order.order_scenario import (
    AWAIT_PAYMENT,
    CANCEL,
    MARK_COOKED,
    MARK_PAID,
    UNAVAILABLE,
    Message,
    OrderScenario,
)


@pytest.mark.parametrize(
    ("order", "message", "counts"),
    [
        (pending(), AWAIT_PAYMENT, {"OrderWaitingForPayment": 1}),
        (waiting(), MARK_PAID, {"OrderPaid": 1, "UnitsSold": 3}),
        (paid(), MARK_COOKED, {"OrderCooked": 1}),
        (pending(), CANCEL, {"OrderCancelled": 1}),
    ],
)
def test_a_new_status_is_counted_once_despite_repeated_messages(
    order: Order, message: Message, counts: dict[str, int]
) -> None:
    scenario = OrderScenario(order)
    if message == MARK_PAID:
        scenario.pay()

    scenario.handle(message)
    scenario.handle(message)

    assert scenario.telemetry.counts == counts


def test_a_payment_records_revenue_and_time() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()

    scenario.handle(MARK_PAID)

    assert scenario.telemetry.revenues == [(1650, "eur")]
    assert scenario.telemetry.timings == {"TimeToPaid": [timedelta(minutes=5)]}


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
        scenario.handle(MARK_PAID)

    assert scenario.order.order_id == ORDER_ID
    assert scenario.telemetry.counts == {}
    assert scenario.telemetry.revenues == []
