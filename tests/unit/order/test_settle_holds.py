"""Overdue holds are settled."""

from datetime import timedelta

import pytest

from devstack.template import functions
from gorder.order.commands.record_held_share import RecordHeldShare, RecordHeldShareHandler
from gorder.order.holds import FIRST_HOLD, GRACE
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.runtime.errors import MissingSettingError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, TIME_TO_PAY, paid, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.order_scenario import CANCEL, RECONCILE
from tests.unit.order.sweep_scenario import SOUP, SweepScenario


def test_a_hold_without_an_order_is_released_within_nine_minutes() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.reserve("orphan", SOUP, scenario.clock.now + FIRST_HOLD, "trace-1")

    scenario.clock.advance(minutes=8)
    scenario.settle()
    early = "orphan" in scenario.stock.held
    scenario.clock.advance(minutes=1)
    scenario.settle()

    assert early
    assert "orphan" in scenario.stock.released
    assert scenario.telemetry.counts == {"OrphanFreed": 1}


def test_a_request_that_may_still_save_its_order_keeps_its_hold() -> None:
    timeout = timedelta(seconds=functions()["create_order"]["Timeout"])
    clocks_differ = timedelta(minutes=3)

    assert timeout + clocks_differ < FIRST_HOLD
    assert timedelta(minutes=9) >= FIRST_HOLD + GRACE + timedelta(minutes=1)


def test_the_short_hold_of_an_open_order_is_extended_to_its_time_to_pay() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.held_until[ORDER_ID] = NOON + FIRST_HOLD
    scenario.clock.now = NOON + FIRST_HOLD + GRACE + timedelta(seconds=1)

    scenario.settle()
    scenario.settle()

    assert scenario.stock.held_until == {ORDER_ID: waiting().checkout.expires_at}
    assert scenario.faults.calls.count("stock.reserve") == 1


def test_an_order_that_is_closed_while_its_hold_is_extended_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = SweepScenario(waiting())
    scenario.clock.advance(minutes=10)
    get = scenario.orders.get

    def closed_right_after(order_id: str) -> Order:
        order = get(order_id)
        scenario.stock.release(order_id, "trace-1")
        return order

    monkeypatch.setattr(scenario.orders, "get", closed_right_after)
    scenario.settle()

    assert scenario.telemetry.counts == {}


@pytest.mark.parametrize("number", [60, 250])
def test_holds_of_orders_that_cannot_be_read_do_not_block_the_others(number: int) -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.available["soup"] = number + 10
    for order_id in (f"broken-{n}" for n in range(number)):
        scenario.orders.stored[order_id] = pending(order_id)
        scenario.orders.unreadable.add(order_id)
        scenario.stock.reserve(order_id, SOUP, NOON, "trace-1")
    scenario.stock.reserve("orphan", SOUP, NOON + FIRST_HOLD, "trace-1")

    scenario.settle()

    assert "orphan" in scenario.stock.released
    assert scenario.stock.held.keys() == {ORDER_ID}
    assert scenario.telemetry.counts["OrderUnreadable"] == number


def test_a_hold_of_other_lines_than_its_order_has_is_released() -> None:
    scenario = SweepScenario(waiting())
    scenario.add_pending("other")  # it holds one soup, and its order has two and bread
    scenario.clock.advance(minutes=10)

    scenario.settle()

    assert scenario.stock.held.keys() == {ORDER_ID}
    assert scenario.telemetry.counts == {"SweepFailed": 1}


def test_a_hold_is_kept_while_the_order_store_does_not_answer() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.reserve("orphan", SOUP, NOON, "trace-1")
    scenario.clock.advance(minutes=10)
    scenario.faults.on("orders.get")
    scenario.faults.on("orders.get", nth=2)

    scenario.settle()

    assert scenario.stock.held.keys() == {ORDER_ID, "orphan"}


def test_holds_are_kept_while_the_order_store_has_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = SweepScenario(waiting())
    scenario.clock.advance(minutes=10)

    def refused(_order_id: str) -> Order:
        raise MissingSettingError("host")

    monkeypatch.setattr(scenario.orders, "get", refused)
    scenario.settle()

    assert scenario.stock.held.keys() == {ORDER_ID}
    assert scenario.telemetry.counts == {"SweepFailed": 1}


def test_the_hold_of_an_unreadable_order_is_taken_again_when_it_is_paid() -> None:
    scenario = SweepScenario(waiting())
    scenario.pay()
    scenario.orders.unreadable.add(ORDER_ID)
    scenario.clock.advance(minutes=10)
    scenario.settle()
    assert ORDER_ID in scenario.stock.released

    scenario.orders.unreadable.clear()
    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.PAID
    assert ORDER_ID in scenario.stock.sold


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
    before = scenario.clock.now - GRACE
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


def test_the_share_that_unpaid_orders_hold_is_recorded() -> None:
    scenario = SweepScenario(waiting())
    scenario.stock.reserve("another", {"bread": 3}, scenario.clock.now, "trace-1")

    RecordHeldShareHandler(scenario.stock, scenario.telemetry)(RecordHeldShare("trace-1"))

    units = sum(scenario.order.quantities.values()) + 3
    assert scenario.telemetry.gauges == {"HeldShare": 10 * units}
