"""Events left behind in outboxes are delivered."""

from datetime import timedelta

import pytest

from gorder.order.model import OutboxEvent
from gorder.order.ports import OrderStoreUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.shop import NOT_WANTED
from tests.unit.order.swept import Swept


def test_an_event_left_behind_is_delivered() -> None:
    shop = Swept(pending())

    shop.deliver()

    assert shop.bus.types == ["order.created"]
    assert shop.order.outbox == ()
    assert shop.telemetry.counts == {"EventDeliveredLate": 1}
    shop.deliver()
    assert shop.bus.types == ["order.created"]


def test_how_long_the_oldest_event_has_waited_is_told_at_each_tick() -> None:
    shop = Swept(pending())
    shop.faults.next(Mishap.FAILS)  # the search itself

    with pytest.raises(OrderStoreUnavailableError):
        shop.deliver()
    assert shop.telemetry.levels == {}
    shop.deliver()
    assert shop.telemetry.levels == {"OldestUndeliveredEvent": 31 * 60 + 1}
    shop.deliver()
    assert shop.telemetry.levels == {"OldestUndeliveredEvent": 0}


def test_a_young_event_is_left_to_whoever_caused_it() -> None:
    shop = Swept(pending())
    shop.clock.now = NOON + timedelta(seconds=30)

    shop.deliver()

    assert shop.bus.types == []


def test_one_order_that_fails_does_not_keep_the_others_from_their_turn() -> None:
    shop = Swept(pending())
    shop.also("second")
    shop.faults.at(2, Mishap.FAILS)

    shop.deliver()

    assert len(shop.bus.types) == 1
    assert shop.telemetry.counts == {"SweepFailed": 1, "EventDeliveredLate": 1}
    shop.deliver()
    assert {event.data.order_id for event in shop.bus.published} == {ORDER_ID, "second"}


def test_however_many_were_left_all_are_delivered_once() -> None:
    shop = Swept(pending())
    shop.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}

    shop.deliver()
    shop.deliver()

    assert len(shop.bus.types) == 120


def test_while_the_bus_is_down_no_second_batch_is_tried() -> None:
    shop = Swept(pending())
    shop.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}
    for call in range(2, 52):
        shop.faults.at(call, Mishap.FAILS)

    shop.deliver()

    assert shop.telemetry.counts == {"SweepFailed": 50}


def test_a_late_event_that_says_stock_is_free_frees_it_first() -> None:
    shop = Swept(pending())
    shop.faults.at(2, Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        shop.handle(NOT_WANTED)
    assert ORDER_ID in shop.stock.held

    shop.deliver()

    assert shop.bus.types == ["order.created", "order.cancelled"]
    assert shop.stock.held == {}


def test_events_of_a_closed_order_are_told_by_name() -> None:
    closed = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON))
    shop = Swept(closed)

    shop.deliver()

    assert shop.bus.types == ["order.cancelled"]
