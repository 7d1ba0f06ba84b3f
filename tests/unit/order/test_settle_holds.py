"""Overdue holds are settled."""

from datetime import timedelta

import pytest

from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, TIME_TO_PAY, paid, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.order_scenario import CANCEL
from tests.unit.order.sweep_scenario import SOUP, SweepScenario


def test_a_hold_without_an_order_is_released_after_ten_minutes() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")

    scenario.settle()
    early = "orphan" in scenario.stock.held
    scenario.clock.advance(minutes=10)
    scenario.settle()

    assert early
    assert "orphan" in scenario.stock.released
    assert scenario.telemetry.counts == {"OrphanFreed": 1}


def test_the_hold_of_a_cancelled_order_is_released() -> None:
    scenario = SweepScenario(waiting())
    scenario.faults.on("stock.release", Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        scenario.handle(CANCEL)
    scenario.clock.advance(minutes=10)

    scenario.settle()

    assert scenario.stock.held == {}


def test_the_hold_of_an_open_order_is_extended() -> None:
    scenario = SweepScenario(waiting())
    later = NOON + timedelta(hours=2)
    scenario.orders.stored[ORDER_ID] = waiting().wait_until(later)
    scenario.clock.advance(minutes=10)

    scenario.settle()

    assert scenario.stock.held_until[ORDER_ID] == later


def test_the_extended_hold_of_an_overdue_order_is_not_found_again() -> None:
    scenario = SweepScenario(waiting())
    scenario.clock.advance(minutes=10)
    before = scenario.clock.now - timedelta(minutes=10)
    assert scenario.stock.overdue(before, 50, "trace-1") == (ORDER_ID,)

    scenario.settle()

    assert scenario.stock.overdue(before, 50, "trace-1") == ()
    assert ORDER_ID in scenario.stock.held


def test_the_hold_of_a_paid_order_is_confirmed() -> None:
    scenario = SweepScenario(waiting())
    scenario.orders.stored[ORDER_ID] = paid()
    scenario.clock.advance(minutes=10)

    scenario.settle()

    assert ORDER_ID in scenario.stock.sold
    assert scenario.telemetry.counts == {}


def test_a_hold_that_is_extended_meanwhile_is_not_released() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")
    scenario.clock.advance(minutes=10)
    overdue_at = scenario.clock.now - timedelta(minutes=10)
    scenario.stock.reserve("orphan", SOUP, NOON + timedelta(hours=2), "trace-1")

    scenario.stock.release("orphan", "trace-1", overdue_at)

    assert "orphan" in scenario.stock.held
