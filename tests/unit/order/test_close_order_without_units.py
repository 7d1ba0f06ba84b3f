"""Staff can close an order whose units are gone, or whose reservation is missing."""

from collections.abc import Callable

import pytest

from gorder.order.commands.close_order import CloseOutcome
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.payment.model import DueRefund
from tests.fakes.examples import SESSION_ID, cooking, paid, waiting
from tests.unit.order.closed_orders import (
    free_order,
    lose_reservation,
    lose_units,
    note_of,
    pay_nothing,
)
from tests.unit.order.order_scenario import CLOSE, LOOK, REFUND, OrderScenario

type Lose = Callable[[OrderScenario], None]
both = pytest.mark.parametrize("lose", [lose_reservation, lose_units])
NOTE = ("close_order", CLOSE.by, CLOSE.reason)


@both
@pytest.mark.parametrize("order", [paid(), cooking()], ids=["paid", "cooking"])
def test_a_paid_order_is_refunded(order: Order, lose: Lose) -> None:
    scenario = OrderScenario(order)
    scenario.pay()
    lose(scenario)

    outcomes = [scenario.close(), scenario.close()]

    assert outcomes == [CloseOutcome.REFUNDED, CloseOutcome.ALREADY_ENDED]
    assert scenario.order.status is Status.REFUNDED
    assert [due.amount for due in scenario.gateway.refunds.values()] == [1650]
    assert note_of(scenario) == NOTE
    assert scenario.bus.types == ["order.refunded"]


@both
def test_a_free_order_ends(lose: Lose) -> None:
    scenario = free_order()
    lose(scenario)

    outcomes = [scenario.close(), scenario.close()]

    assert outcomes == [CloseOutcome.REFUNDED, CloseOutcome.ALREADY_ENDED]
    assert scenario.order.status is Status.REFUNDED
    assert note_of(scenario) == NOTE


@both
def test_a_refund_that_fails_at_once_is_reported(lose: Lose) -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    lose(scenario)

    def refuse_as_disputed(due: DueRefund) -> None:
        """Make no refund, as Stripe does if a dispute was opened meanwhile."""

    scenario.gateway.refund = refuse_as_disputed  # type: ignore[method-assign]  # an interleaving

    assert scenario.close() is CloseOutcome.REFUND_NOT_MADE
    assert "order.without_units" in scenario.telemetry.warnings


def test_a_page_that_was_paid_without_a_reservation_is_refunded() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    lose_reservation(scenario)

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    scenario.handle(REFUND)
    scenario.handle(LOOK)

    assert scenario.order.status is Status.EXPIRED
    [paid_for] = scenario.order.payments
    assert (paid_for.refund_reason, paid_for.refunded) == ("out_of_stock", 1650)
    assert note_of(scenario) == NOTE
    assert scenario.bus.types == ["order.expired", "order.refund_due"]
    assert scenario.order.revenue == 0


def test_a_free_page_without_a_reservation_ends_the_order() -> None:
    scenario = OrderScenario(waiting())
    pay_nothing(scenario)
    lose_reservation(scenario)

    outcomes = [scenario.close(), scenario.close()]

    assert outcomes == [CloseOutcome.ALREADY_ENDED, CloseOutcome.ALREADY_ENDED]
    assert scenario.order.status is Status.EXPIRED
    assert scenario.bus.types == ["order.expired"]
    assert scenario.order.outbox == ()


def test_a_page_whose_units_are_gone_ends_the_order() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    lose_units(scenario)
    scenario.stock.available["soup"] = 0

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    assert scenario.order.status is Status.EXPIRED


def test_a_page_that_was_paid_and_refunded_meanwhile_is_recorded() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    assert scenario.order.status is Status.REFUNDED
