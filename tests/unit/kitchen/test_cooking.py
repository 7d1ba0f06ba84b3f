"""Cooking: a paid order sets a timer, and is marked as cooked afterwards."""

from dataclasses import replace
from itertools import count

import pytest

from gorder.bootstrap.kitchen import OrderTickets
from gorder.kitchen.commands.start_cooking import StartCooking, StartCookingHandler
from gorder.kitchen.model import CookingTime, InvalidCookingTimeError
from gorder.kitchen.ports import TimerUnavailableError
from gorder.order.commands.begin_cooking import BeginCookingHandler
from gorder.order.commands.mark_cooked import MarkCooked, MarkCookedHandler
from gorder.order.errors import IllegalTransitionError
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.status import Status
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import StandingClock
from tests.fakes.examples import (
    EVENTS,
    ORDER_ID,
    TRACE_ID,
    cooked,
    paid,
    payment,
    refunded,
    waiting,
)
from tests.fakes.orders import MemoryOrders
from tests.fakes.telemetry import MemoryTelemetry
from tests.fakes.timer import Alarm, MemoryTimer

DISPUTED = receive(paid(), replace(payment(), dispute="open"), EVENTS, has_units=True)
PAID_MESSAGE = StartCooking(ORDER_ID, TRACE_ID)


@pytest.mark.parametrize("seconds", [0, 5, 900])
def test_a_cooking_time_of_0_to_900_seconds_is_accepted(seconds: int) -> None:
    assert CookingTime(seconds).seconds == seconds


@pytest.mark.parametrize("seconds", [-1, 901])
def test_any_other_cooking_time_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidCookingTimeError, match=f"not {seconds}"):
        CookingTime(seconds)


def test_a_paid_order_sets_the_timer_and_is_being_cooked() -> None:
    timer, orders = MemoryTimer(), MemoryOrders(paid())

    _start_cooking(orders, timer)(PAID_MESSAGE)

    assert timer.alarms == [Alarm(ORDER_ID, TRACE_ID, 7)]
    assert orders.stored[ORDER_ID].status is Status.COOKING


@pytest.mark.parametrize(
    "order", [refunded(), cooked(), DISPUTED], ids=["refunded", "cooked", "disputed"]
)
def test_an_order_that_may_not_be_cooked_sets_no_timer(order: Order) -> None:
    timer, orders = MemoryTimer(), MemoryOrders(order)

    _start_cooking(orders, timer)(PAID_MESSAGE)

    assert timer.alarms == []
    assert orders.stored[ORDER_ID] == order


@pytest.mark.parametrize("order", [refunded(), DISPUTED], ids=["refunded", "disputed"])
def test_an_order_that_was_refunded_or_disputed_is_not_ready(order: Order) -> None:
    orders, bus = MemoryOrders(order), MemoryBus()

    _mark_cooked(orders, bus)(MarkCooked(ORDER_ID))

    assert orders.stored[ORDER_ID] == order
    assert bus.types == []


def test_a_retry_sets_a_timer_that_failed() -> None:
    timer = MemoryTimer()
    start = _start_cooking(MemoryOrders(paid()), timer)
    timer.faults.on("timer.set")

    with pytest.raises(TimerUnavailableError):
        start(PAID_MESSAGE)
    start(PAID_MESSAGE)

    assert len(timer.alarms) == 1


def test_marking_an_order_as_cooked_twice_publishes_one_event() -> None:
    orders, bus = MemoryOrders(paid()), MemoryBus()
    mark_cooked = _mark_cooked(orders, bus)

    mark_cooked(MarkCooked(ORDER_ID))
    mark_cooked(MarkCooked(ORDER_ID))

    assert orders.stored[ORDER_ID].status is Status.COOKED
    assert bus.types == ["order.cooked"]


def test_an_unpaid_order_is_not_cooked() -> None:
    orders, bus = MemoryOrders(waiting()), MemoryBus()

    with pytest.raises(IllegalTransitionError):
        _mark_cooked(orders, bus)(MarkCooked(ORDER_ID))

    assert orders.stored[ORDER_ID] == waiting()


def _start_cooking(orders: MemoryOrders, timer: MemoryTimer) -> StartCookingHandler:
    begin = BeginCookingHandler(orders, StandingClock(), MemoryTelemetry())
    return StartCookingHandler(OrderTickets(begin), timer, CookingTime(7))


def _mark_cooked(orders: MemoryOrders, bus: MemoryBus) -> MarkCookedHandler:
    ids = count(1)
    return MarkCookedHandler(
        orders=orders,
        events=bus,
        clock=StandingClock(),
        new_id=lambda: f"event-{next(ids)}",
        telemetry=MemoryTelemetry(),
    )
