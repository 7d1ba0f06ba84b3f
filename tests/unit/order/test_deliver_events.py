"""Events that were left in outboxes are published."""

from datetime import timedelta

import pytest

from gorder.order.changes import OutboxEvent
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.order_scenario import CANCEL
from tests.unit.order.sweep_scenario import SweepScenario


def test_an_event_left_in_an_outbox_is_published() -> None:
    scenario = SweepScenario(pending())

    scenario.deliver()

    assert scenario.bus.types == ["order.created"]
    assert scenario.order.outbox == ()
    assert scenario.telemetry.counts == {"EventDeliveredLate": 1}
    scenario.deliver()
    assert scenario.bus.types == ["order.created"]


def test_the_age_of_the_oldest_event_is_recorded() -> None:
    scenario = SweepScenario(pending())
    scenario.faults.on("orders.undelivered")

    with pytest.raises(OrderStoreUnavailableError):
        scenario.deliver()
    assert scenario.telemetry.gauges == {}
    scenario.deliver()
    assert scenario.telemetry.gauges == {"OldestUndeliveredEvent": 31 * 60 + 1}
    scenario.deliver()
    assert scenario.telemetry.gauges == {"OldestUndeliveredEvent": 0}


def test_a_young_event_is_left_alone() -> None:
    scenario = SweepScenario(pending())
    scenario.clock.now = NOON + timedelta(seconds=30)

    scenario.deliver()

    assert scenario.bus.types == []


def test_a_failure_does_not_stop_the_other_orders() -> None:
    scenario = SweepScenario(pending())
    scenario.add_pending("second")
    scenario.faults.on("events.publish")

    scenario.deliver()

    assert len(scenario.bus.types) == 1
    assert scenario.telemetry.counts == {"SweepFailed": 1, "EventDeliveredLate": 1}
    scenario.clock.advance(minutes=3)
    scenario.deliver()
    assert {event.data.order_id for event in scenario.bus.published} == {ORDER_ID, "second"}


def test_more_than_one_batch_is_published_once() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}

    scenario.deliver()
    scenario.deliver()

    assert len(scenario.bus.types) == 120


def test_a_run_ends_after_a_hundred_failures_while_the_bus_is_down() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}
    for nth in range(1, 121):
        scenario.faults.on("events.publish", nth=nth)

    scenario.deliver()

    assert scenario.telemetry.counts == {"SweepFailed": 100}


def test_orders_that_fail_do_not_block_later_ones() -> None:
    scenario = SweepScenario(pending())
    scenario.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}
    for nth in range(1, 61):
        scenario.faults.on("events.publish", nth=nth)

    scenario.deliver()

    assert scenario.telemetry.counts == {"SweepFailed": 60, "EventDeliveredLate": 60}


def test_stock_is_released_before_the_event_that_promises_it() -> None:
    scenario = SweepScenario(pending())
    scenario.faults.on("stock.release", Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        scenario.handle(CANCEL)
    assert ORDER_ID in scenario.stock.held

    scenario.deliver()

    assert scenario.bus.types == ["order.created", "order.cancelled"]
    assert scenario.stock.held == {}


def test_the_event_of_a_cancelled_order_is_published() -> None:
    closed = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON))
    scenario = SweepScenario(closed)

    scenario.deliver()

    assert scenario.bus.types == ["order.cancelled"]
