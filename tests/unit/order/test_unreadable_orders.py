"""Orders whose documents cannot be read do not block the others."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.status import Status
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, paid, pending, waiting
from tests.unit.order.sweep_scenario import SweepScenario

NUMBERS = pytest.mark.parametrize("number", [60, 250])


def _broken(scenario: SweepScenario, number: int) -> None:
    """Add orders that cannot be read; they are first in every list."""
    own = scenario.order
    scenario.orders.stored = {}
    for order_id in (f"broken-{n}" for n in range(number)):
        scenario.orders.stored[order_id] = replace(own, order_id=order_id)
        scenario.orders.unreadable.add(order_id)
    scenario.orders.stored[ORDER_ID] = own


@NUMBERS
def test_younger_events_are_delivered(number: int) -> None:
    scenario = SweepScenario(pending())
    _broken(scenario, number)

    scenario.deliver()

    assert [event.data.order_id for event in scenario.bus.published] == [ORDER_ID]
    assert scenario.telemetry.counts["OrderUnreadable"] == number
    assert scenario.telemetry.gauges == {"OldestUndeliveredEvent": 31 * 60 + 1}


@NUMBERS
def test_younger_orders_expire(number: int) -> None:
    scenario = SweepScenario(waiting())
    _broken(scenario, number)

    scenario.expire()

    assert scenario.order.status is Status.EXPIRED


@NUMBERS
def test_younger_orders_are_resumed(number: int) -> None:
    scenario = SweepScenario(paid())
    _broken(scenario, number)

    scenario.handle(ResumeOrders())

    assert scenario.bus.types == ["order.paid"]


def test_the_log_names_the_order_and_the_fields() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.unreadable.add(ORDER_ID)

    scenario.deliver()

    [(event, fields)] = scenario.telemetry.lines
    assert event == "sweep.failed"
    assert fields["order_id"] == ORDER_ID
    assert fields["error"] == "OrderUnreadableError"
    assert "customer_id: missing" in str(fields["reason"])


def test_an_unreadable_order_is_tried_again_later_and_less_often() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.unreadable.add(ORDER_ID)
    tried = []

    for minute in range(60):
        scenario.clock.now = NOON + timedelta(hours=1, minutes=minute)
        before = scenario.telemetry.counts.get("OrderUnreadable", 0)
        scenario.deliver()
        if scenario.telemetry.counts.get("OrderUnreadable", 0) > before:
            tried.append(minute)

    assert tried[:4] == [0, 3, 8, 17]
    assert all(later - earlier <= 9 for earlier, later in pairwise(tried))
    scenario.orders.unreadable.clear()
    scenario.clock.advance(minutes=9)
    scenario.deliver()
    assert scenario.order.outbox == ()


def test_a_postponed_order_still_counts_as_the_oldest_with_an_event() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.unreadable.add(ORDER_ID)

    for _ in range(3):
        scenario.deliver()
        scenario.clock.advance(minutes=1)

    assert scenario.telemetry.gauges == {"OldestUndeliveredEvent": 33 * 60 + 1}
