"""The number to call out: given once, when an order becomes paid, and never in the way of it."""

import pytest

from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.model import Order
from gorder.order.numbers import number_of
from gorder.order.status import Status
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.examples import SESSION_ID, cooked, cooking, paid, pending, waiting
from tests.unit.order.order_scenario import (
    BEGIN_COOKING,
    BY_INTENT,
    CANCEL,
    EXPIRED_ORDER,
    LOOK,
    MARK_COOKED,
    RECONCILE,
    REFUND_ALL,
    OrderScenario,
)


@pytest.mark.parametrize(
    ("drawn", "number"), [(1, 100), (900, 999), (901, 100), (1800, 999), (0, 999), (-900, 999)]
)
def test_numbers_are_from_100_to_999_and_begin_again(drawn: int, number: int) -> None:
    assert number_of(drawn) == number


def paid_scenario(order: Order) -> OrderScenario:
    scenario = OrderScenario(order)
    scenario.pay()
    return scenario


@pytest.mark.parametrize(
    "order", [pending(), waiting(), EXPIRED_ORDER], ids=["pending", "waiting", "expired"]
)
@pytest.mark.parametrize("message", [RECONCILE, LOOK, BY_INTENT])
def test_an_order_gets_its_number_with_its_payment(order: Order, message: ReconcilePayment) -> None:
    scenario = paid_scenario(order)

    scenario.handle(message)

    assert (scenario.order.status, scenario.order.number) == (Status.PAID, 100)
    assert scenario.order.version == order.version + 1


def test_a_number_stays_until_the_end() -> None:
    scenario = paid_scenario(waiting())

    for message in (RECONCILE, RECONCILE, LOOK, BEGIN_COOKING, MARK_COOKED, REFUND_ALL, LOOK):
        scenario.handle(message)
        assert scenario.order.number == 100

    assert scenario.order.status is Status.REFUNDED
    assert scenario.orders.drawn == 1


@pytest.mark.parametrize("order", [paid(), cooking(), cooked()], ids=["paid", "cooking", "cooked"])
def test_an_order_that_an_earlier_release_took_the_payment_of_has_none(order: Order) -> None:
    scenario = paid_scenario(order)

    for message in (RECONCILE, LOOK, REFUND_ALL):
        scenario.handle(message)

    assert scenario.order.number is None
    assert scenario.orders.drawn == 0


def test_an_order_that_is_not_paid_uses_up_no_number() -> None:
    cancelled, refunded = OrderScenario(waiting()), paid_scenario(waiting())
    refunded.gateway.give_back(SESSION_ID, 1650)

    cancelled.handle(CANCEL)
    refunded.handle(RECONCILE)

    assert (cancelled.order.number, refunded.order.number) == (None, None)
    assert (cancelled.orders.drawn, refunded.orders.drawn) == (0, 0)


def test_an_order_is_paid_without_a_number_while_the_counter_is_damaged() -> None:
    scenario = paid_scenario(waiting())
    scenario.orders.counter_is_damaged = True

    scenario.handle(RECONCILE)

    assert (scenario.order.status, scenario.order.number) == (Status.PAID, None)
    assert scenario.bus.types[-1] == "order.paid"
    assert scenario.telemetry.counts["NumberMissing"] == 1
    assert "order.without_number" in {name for name, _ in scenario.telemetry.lines}


def test_a_store_that_does_not_answer_is_asked_again() -> None:
    scenario = paid_scenario(waiting())
    scenario.faults.on("orders.next_number")

    with pytest.raises(OrderStoreUnavailableError):
        scenario.handle(RECONCILE)
    assert scenario.order == waiting()
    scenario.handle(RECONCILE)

    assert (scenario.order.status, scenario.order.number) == (Status.PAID, 100)


def test_the_slower_of_two_leaves_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = paid_scenario(waiting())
    replace = scenario.orders.replace

    def overtaken(before: Order, after: Order, *, is_dated: bool = True) -> bool:
        monkeypatch.undo()
        scenario.handle(RECONCILE)
        return replace(before, after, is_dated=is_dated)

    monkeypatch.setattr(scenario.orders, "replace", overtaken)
    scenario.handle(RECONCILE)

    assert scenario.order.number == 101
    assert scenario.orders.drawn == 2
