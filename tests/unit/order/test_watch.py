"""An order that does not go on is resumed: what its next steps wait for is published again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.model import Order
from gorder.order.watch import watch_at
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EVENTS,
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
OWING = cooking().receive(SECOND, EVENTS, has_units=False).delivered(["refund_due"])
DISPUTED = paid().receive(replace(payment(), dispute="open"), EVENTS, has_units=False)
FAILED = OWING.receive(replace(SECOND, refunds=(refund(status="failed"),)), EVENTS, has_units=False)


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
    [pending(), waiting(), cooked(), refunded(), DISPUTED],
    ids=["pending", "waiting", "cooked", "refunded", "disputed"],
)
def test_other_orders_are_not_watched(order: Order) -> None:
    assert watch_at(order) is None


def test_a_refund_that_failed_is_not_repeated() -> None:
    assert watch_at(FAILED) == NOON + timedelta(minutes=22)  # for the kitchen only
