"""A fault in any call, and then a retry: the result is the same as without the fault."""

from dataclasses import replace

import pytest

from gorder.order.commands.begin_checkout import BeginCheckout
from gorder.order.model import Order
from tests.fakes.examples import (
    ORDER_ID,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Mishap
from tests.unit.order.order_scenario import (
    AWAIT_PAYMENT,
    CANCEL,
    MARK_COOKED,
    MARK_PAID,
    UNAVAILABLE,
    Message,
    OrderScenario,
)


def _state(scenario: OrderScenario) -> tuple[object, ...]:
    """Return what must not depend on the fault. Event ids of a retry may differ."""
    order = replace(scenario.order, outbox=())
    left = [event.event_type for event in scenario.order.outbox]
    return (
        order,
        left,
        scenario.stock.sold,
        scenario.stock.held,
        scenario.gateway.ended,
        set(scenario.bus.types),
    )


STEPS: list[tuple[str, Order, Message]] = [
    ("await payment", pending(), AWAIT_PAYMENT),
    ("retry checkout", pending(), BeginCheckout(ORDER_ID, failed_attempt=1)),
    ("mark paid before the page", pending(), MARK_PAID),
    ("mark paid", waiting(), MARK_PAID),
    ("mark cooked", paid(), MARK_COOKED),
    ("cancel before the page", pending(), CANCEL),
    ("cancel", waiting(), CANCEL),
]


def _scenario(order: Order, message: Message) -> OrderScenario:
    scenario = OrderScenario(order)
    if message == MARK_PAID:
        scenario.pay()
    return scenario


def _calls(order: Order, message: Message) -> list[str]:
    scenario = _scenario(order, message)
    scenario.handle(message)
    return scenario.faults.calls


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("order", "message", "call"),
    [
        pytest.param(order, message, number, id=f"{title}-{number}-{call}")
        for title, order, message in STEPS
        for number, call in enumerate(_calls(order, message))
    ],
)
def test_a_retry_after_any_fault_ends_the_same(
    order: Order, message: Message, call: int, mishap: Mishap
) -> None:
    undisturbed, scenario = _scenario(order, message), _scenario(order, message)
    undisturbed.handle(message)
    scenario.faults.on_call_number(call, mishap)

    with pytest.raises((Died, *UNAVAILABLE)):
        scenario.handle(message)
    scenario.handle(message)

    assert _state(scenario) == _state(undisturbed)
    types = {event.event_type for event in scenario.bus.published}
    ids = {event.event_id for event in scenario.bus.published}
    assert len(ids) == len(types), "one event has two ids"
