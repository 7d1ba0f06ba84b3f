"""A fault in any call, and then a retry: the result is the same as without the fault."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from gorder.order.changes import OutboxEvent
from gorder.order.checkout import refuse
from gorder.order.commands.refuse_checkout import RefuseCheckout
from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.model import Order
from gorder.order.status import Status
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    CREATED,
    ORDER_ID,
    SESSION_ID,
    TRACE_ID,
    cooked,
    cooking,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Mishap
from tests.unit.order.closed_orders import lose_reservation
from tests.unit.order.order_scenario import (
    AWAIT_PAYMENT,
    BEGIN_COOKING,
    CANCEL,
    CANCELLED,
    CLOSE,
    EXPIRED_ORDER,
    LOOK,
    MARK_COOKED,
    RECONCILE,
    REFUND,
    REFUND_ALL,
    REFUND_PART,
    REFUND_REST,
    REFUND_SECOND_PART,
    RETRY,
    RETRY_REFUND,
    TOO_NEAR,
    UNAVAILABLE,
    Message,
    OrderScenario,
)


def _state(scenario: OrderScenario) -> tuple[object, ...]:
    """Return what must not depend on the fault. Event ids and the number of a retry may differ."""
    order = replace(scenario.order, outbox=(), number=None)
    left = [event.event_type for event in scenario.order.outbox]
    return (
        order,
        scenario.order.number is None,
        left,
        scenario.stock.sold,
        scenario.stock.held,
        scenario.stock.returned,
        scenario.stock.wasted,
        scenario.stock.available,
        scenario.gateway.ended,
        set(scenario.bus.types),
    )


def _refunded(scenario: OrderScenario) -> None:
    scenario.gateway.give_back(SESSION_ID, 1650)


def _refunded_in_part(scenario: OrderScenario) -> None:
    scenario.gateway.give_back(SESSION_ID, 650)


def _under_way(scenario: OrderScenario) -> None:
    scenario.gateway.begin_to_pay(SESSION_ID)


def _disputed(scenario: OrderScenario) -> None:
    scenario.gateway.dispute(SESSION_ID)


def _asked(scenario: OrderScenario) -> None:
    scenario.gateway.dispute(SESSION_ID, "inquiry")


def _lost(scenario: OrderScenario) -> None:
    scenario.gateway.dispute(SESSION_ID, "lost")


def _page_expired(scenario: OrderScenario) -> None:
    scenario.gateway.expire_page(SESSION_ID)


def _units_gone(scenario: OrderScenario) -> None:
    scenario.stock.release(ORDER_ID, TRACE_ID)
    scenario.stock.available["soup"] = 0


def _refund_due(scenario: OrderScenario) -> None:
    scenario.pay()
    scenario.handle(LOOK)
    scenario.bus.published.clear()


def _refund_failed(scenario: OrderScenario) -> None:
    _refund_due(scenario)
    scenario.handle(REFUND)
    scenario.gateway.fail_refund(SESSION_ID)


def _nothing(_scenario: OrderScenario) -> None:
    return


def _too_late(scenario: OrderScenario) -> None:
    scenario.clock.advance(minutes=10)


type Prepare = Callable[[OrderScenario], None]

REFUSE = RefuseCheckout(ORDER_ID, 1, "inactive:price", "Stripe's text", CREATED.event_id)
REFUSE_AGAIN = replace(REFUSE, failed_attempt=2)
REFUSED_ONCE = refuse(pending(), 1, REFUSE.refusal, OutboxEvent("c", "order.cancelled", NOON))
# What happened before, at Stripe or in stock; whether the page is paid; and the step.
STEPS: list[tuple[str, Order, bool, Prepare, Message]] = [
    ("await payment", pending(), False, _nothing, AWAIT_PAYMENT),
    ("retry checkout", pending(), False, _nothing, RETRY),
    ("retry an attempt that is too near", pending(), False, _nothing, TOO_NEAR),
    ("expire without a page", pending(), False, _too_late, TOO_NEAR),
    ("first refusal", pending(), False, _nothing, REFUSE),
    ("second refusal", REFUSED_ONCE, False, _nothing, REFUSE_AGAIN),
    ("paid before the page", pending(), True, _nothing, RECONCILE),
    ("paid", waiting(), True, _nothing, RECONCILE),
    ("paid and refunded", waiting(), True, _refunded, RECONCILE),
    ("paid and disputed", waiting(), True, _disputed, RECONCILE),
    ("paid, units gone", waiting(), True, _units_gone, RECONCILE),
    ("paid after cancel", CANCELLED, True, _nothing, RECONCILE),
    ("paid after expiry", EXPIRED_ORDER, True, _nothing, RECONCILE),
    ("paid after expiry, units gone", EXPIRED_ORDER, True, _units_gone, RECONCILE),
    ("refunded before cooking", paid(), True, _refunded, LOOK),
    ("refunded while cooking", cooking(), True, _refunded, LOOK),
    ("refunded after cooking", cooked(), True, _refunded, LOOK),
    ("dispute lost", paid(), True, _lost, LOOK),
    ("page lost", waiting(), False, _page_expired, LOOK),
    ("refund", CANCELLED, False, _refund_due, REFUND),
    ("resume", CANCELLED, False, _refund_due, ResumeOrders()),
    ("begin cooking", paid(), False, _nothing, BEGIN_COOKING),
    ("mark cooked", cooking(), False, _nothing, MARK_COOKED),
    ("cancel before the page", pending(), False, _nothing, CANCEL),
    ("cancel", waiting(), False, _nothing, CANCEL),
    ("close before the page", pending(), False, _nothing, CLOSE),
    ("close", waiting(), False, _nothing, CLOSE),
    ("close while a payment is under way", waiting(), False, _under_way, CLOSE),
    ("close before cooking", paid(), True, _nothing, CLOSE),
    ("close while cooking", cooking(), True, _nothing, CLOSE),
    ("close after cooking", cooked(), True, _nothing, CLOSE),
    ("close an order that is paid for a part", paid(), True, _refunded_in_part, CLOSE),
    ("close a paid order without a reservation", paid(), True, lose_reservation, CLOSE),
    ("close a page that is paid without a reservation", waiting(), True, lose_reservation, CLOSE),
    ("close an order of which a bank asks", paid(), True, _asked, CLOSE),
    ("refund a part", cooking(), True, _nothing, REFUND_PART),
    ("refund another part", cooked(), True, _refunded_in_part, REFUND_SECOND_PART),
    ("refund the rest by its amount", paid(), True, _refunded_in_part, REFUND_REST),
    ("refund a page that is paid", waiting(), True, _nothing, REFUND_PART),
    ("refund all", cooked(), True, _nothing, REFUND_ALL),
    ("retry a refund", CANCELLED, False, _refund_failed, RETRY_REFUND),
]


def _scenario(order: Order, is_paid: bool, prepare: Prepare) -> OrderScenario:  # noqa: FBT001 - of a table
    scenario = OrderScenario(order)
    if is_paid:
        scenario.pay()
    prepare(scenario)
    scenario.clock.advance(minutes=10)
    scenario.faults.calls.clear()
    return scenario


def _calls(order: Order, is_paid: bool, prepare: Prepare, message: Message) -> list[str]:  # noqa: FBT001 - of a table
    scenario = _scenario(order, is_paid, prepare)
    scenario.handle(message)
    return scenario.faults.calls


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("step", "call"),
    [
        pytest.param(step, number, id=f"{step[0]}-{number}-{call}")
        for step in STEPS
        for number, call in enumerate(_calls(*step[1:]))
    ],
)
def test_a_retry_after_any_fault_ends_the_same(
    step: tuple[str, Order, bool, Prepare, Message], call: int, mishap: Mishap
) -> None:
    _, order, is_paid, prepare, message = step
    undisturbed = _scenario(order, is_paid, prepare)
    scenario = _scenario(order, is_paid, prepare)
    undisturbed.handle(message)
    scenario.faults.on_call_number(call, mishap)

    sweeps = isinstance(message, ResumeOrders)  # it counts failures of an order, and goes on
    with suppress(Died, *UNAVAILABLE) if sweeps else pytest.raises((Died, *UNAVAILABLE)):
        scenario.handle(message)
    scenario.orders.postponed.clear()  # as minutes later
    scenario.handle(message)
    if sweeps:
        scenario.deliver()

    assert _state(scenario) == _state(undisturbed)
    types = {event.event_type for event in scenario.bus.published}
    ids = {event.event_id for event in scenario.bus.published}
    assert len(ids) == len(types), "one event has two ids"


PAID_STEPS = [step for step in STEPS if step[4] is RECONCILE and step[3] is _nothing]


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("step", "call"),
    [
        pytest.param(step, number, id=f"{step[0]}-{number}-{call}")
        for step in PAID_STEPS
        for number, call in enumerate(_calls(*step[1:]))
    ],
)
def test_a_number_that_is_given_stays_whatever_is_repeated(
    step: tuple[str, Order, bool, Prepare, Message], call: int, mishap: Mishap
) -> None:
    _, order, is_paid, prepare, message = step
    scenario = _scenario(order, is_paid, prepare)
    scenario.faults.on_call_number(call, mishap)
    with pytest.raises((Died, *UNAVAILABLE)):
        scenario.handle(message)
    given = scenario.order.number

    scenario.handle(message)
    number = scenario.order.number
    scenario.handle(message)

    assert given in {None, number}
    assert scenario.order.number == number
    assert scenario.orders.drawn <= 2, "one fault leaves one gap at most"
    assert (number is None) == (scenario.order.status is not Status.PAID)
