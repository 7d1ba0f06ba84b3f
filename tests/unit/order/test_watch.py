"""An order that does not go on is resumed: what its next steps wait for is published again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from gorder.contracts.events import PaymentFact
from gorder.order.adapters.mongo_documents import to_document
from gorder.order.changes import OutboxEvent
from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.watch import watch_at
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EVENTS,
    ORDER_ID,
    cooked,
    cooking,
    paid,
    payment,
    pending,
    refund,
    refunded,
    waiting,
)
from tests.unit.order.order_scenario import OrderScenario

SECOND = payment(session_id="cs_2", intent="pi_2")
OWING = receive(cooking(), SECOND, EVENTS, has_units=False).delivered(["refund_due"])
DISPUTED = receive(paid(), replace(payment(), dispute="open"), EVENTS, has_units=False)
FAILED = receive(
    OWING, replace(SECOND, refunds=(refund(status="failed", by="gorder"),)), EVENTS, has_units=False
)


@pytest.mark.parametrize(
    ("order", "minutes", "events"),
    [
        (paid(), 5, ["order.paid"]),
        (cooking(), 20, ["order.paid"]),
        (OWING, 5, ["order.paid", "order.refund_due"]),
    ],
    ids=["paid", "cooking", "owes a refund"],
)
def test_an_order_is_resumed_when_its_time_is_over(
    order: Order, minutes: int, events: list[str]
) -> None:
    scenario = OrderScenario(order)
    scenario.clock.now = order.history[-1].at + timedelta(minutes=minutes)

    scenario.handle(ResumeOrders())
    too_early = list(scenario.bus.types)
    scenario.clock.advance(seconds=1)
    scenario.handle(ResumeOrders())
    scenario.clock.advance(minutes=1)
    scenario.handle(ResumeOrders())

    assert (too_early, scenario.bus.types) == ([], events)
    assert scenario.telemetry.counts == {"OrderResumed": 1}


@pytest.mark.parametrize(
    "order",
    [pending(), waiting(), cooked(), refunded()],
    ids=["pending", "waiting", "cooked", "refunded"],
)
def test_other_orders_are_not_watched(order: Order) -> None:
    assert watch_at(order) is None


def test_a_refund_that_failed_is_not_repeated() -> None:
    assert watch_at(FAILED) == NOON + timedelta(minutes=22)  # for the kitchen only


def test_a_failed_refund_by_hand_does_not_count_as_gorders() -> None:
    order = receive(
        OWING, replace(SECOND, refunds=(refund(status="failed"),)), EVENTS, has_units=False
    )

    assert [payment.refund_due for payment in order.refunds_due] == [1650]


def test_the_time_between_two_repetitions_doubles() -> None:
    scenario = OrderScenario(paid())
    times = [scenario.clock.now]

    for _ in range(5 * 24 * 60):
        scenario.clock.advance(minutes=1)
        before = len(scenario.bus.types)
        scenario.handle(ResumeOrders())
        if len(scenario.bus.types) > before:
            times.append(scenario.clock.now)

    waits = [(after - before).total_seconds() // 60 for before, after in pairwise(times[1:])]
    assert waits == [11, 21, 41, 81, 161, 321, 641, 1281, 1281, 1281, 1281][: len(waits)]
    assert len(waits) > 7


def test_an_event_that_was_not_published_is_not_added_again() -> None:
    scenario = OrderScenario(paid())
    scenario.stock.sold.clear()  # the reservation is gone, so nothing is published
    for _ in range(5):
        scenario.clock.advance(days=2)
        scenario.handle(ResumeOrders())

    assert [event.event_type for event in scenario.order.outbox] == ["order.paid"]
    assert scenario.bus.types == []


def test_a_late_payment_is_not_overdue_at_once() -> None:
    late = NOON + timedelta(hours=1)
    events = replace(EVENTS, refund_due=replace(EVENTS.refund_due, occurred_at=late))

    order = receive(cooking(), SECOND, events, has_units=False)

    assert watch_at(order) == late + timedelta(minutes=5)


def test_a_disputed_payment_is_looked_at_every_day() -> None:
    scenario = OrderScenario(DISPUTED)
    for _ in range(73 * 12):
        scenario.clock.advance(minutes=5)
        scenario.handle(ResumeOrders())

    assert scenario.bus.types == 3 * ["payment.dispute_closed"]
    event = scenario.bus.published[0]
    assert isinstance(event, PaymentFact)
    assert (event.data.order_id, event.data.payment_intent_id) == (ORDER_ID, "pi_1")
    assert scenario.telemetry.counts == {}


@pytest.mark.parametrize("order", [paid(), cooking(), DISPUTED])
def test_a_time_near_the_last_year_of_the_calendar_is_not_passed(order: Order) -> None:
    latest = datetime.max.replace(tzinfo=UTC)
    last = replace(order.history[-1], at=latest - timedelta(seconds=1))
    late = replace(order, history=(*order.history[:-1], last))

    assert watch_at(late) == latest
    assert to_document(late)["watch_at"] == latest


def test_an_order_that_only_has_other_events_to_deliver_is_not_counted_as_resumed() -> None:
    undelivered = OutboxEvent("late", "order.refunded", DISPUTED.history[-1].at)
    scenario = OrderScenario(replace(DISPUTED, outbox=(undelivered,)))
    scenario.clock.advance(days=2)

    scenario.handle(ResumeOrders())

    assert "order.refunded" in scenario.bus.types
    assert scenario.telemetry.counts == {}
