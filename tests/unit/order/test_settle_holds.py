"""Stock held beyond its time is settled."""

from datetime import timedelta

import pytest

from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, TIME_TO_PAY, paid, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.shop import NOT_WANTED
from tests.unit.order.swept import SOUP, Swept


def test_a_hold_without_an_order_is_freed_ten_minutes_after_its_end() -> None:
    shop = Swept(waiting())
    shop.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")

    shop.settle()
    early = "orphan" in shop.stock.held
    shop.clock.advance(minutes=10)
    shop.settle()

    assert early
    assert "orphan" in shop.stock.released
    assert shop.telemetry.counts == {"OrphanFreed": 1}


def test_a_closed_orders_hold_is_freed() -> None:
    shop = Swept(waiting())
    shop.faults.at(4, Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        shop.handle(NOT_WANTED)
    shop.clock.advance(minutes=10)

    shop.settle()

    assert shop.stock.held == {}


def test_an_open_order_keeps_its_hold() -> None:
    shop = Swept(waiting())
    later = NOON + timedelta(hours=2)
    shop.orders.stored[ORDER_ID] = waiting().wait_until(later)
    shop.clock.advance(minutes=10)

    shop.settle()

    assert shop.stock.held_until[ORDER_ID] == later


def test_an_open_order_past_its_time_is_not_found_again_before_all_others() -> None:
    shop = Swept(waiting())
    shop.clock.advance(minutes=10)
    before = shop.clock.now - timedelta(minutes=10)
    assert shop.stock.overdue(before, 50, "trace-1") == (ORDER_ID,)

    shop.settle()

    assert shop.stock.overdue(before, 50, "trace-1") == ()
    assert ORDER_ID in shop.stock.held


def test_a_paid_orders_hold_is_sold() -> None:
    shop = Swept(waiting())
    shop.orders.stored[ORDER_ID] = paid()
    shop.clock.advance(minutes=10)

    shop.settle()

    assert ORDER_ID in shop.stock.sold
    assert shop.telemetry.counts == {}


def test_a_hold_that_is_prolonged_meanwhile_is_not_freed() -> None:
    shop = Swept(waiting())
    shop.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")
    shop.clock.advance(minutes=10)
    overdue_at = shop.clock.now - timedelta(minutes=10)
    shop.stock.reserve("orphan", SOUP, NOON + timedelta(hours=2), "trace-1")

    shop.stock.release("orphan", "trace-1", overdue_at)

    assert "orphan" in shop.stock.held
