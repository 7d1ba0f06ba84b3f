"""Disputes: an order follows what became of its payment."""

from datetime import timedelta

import pytest

from gorder.order.commands.close_order import CloseOutcome
from gorder.order.status import Status
from gorder.order.watch import watch_at
from tests.fakes.examples import SESSION_ID, cooked, paid
from tests.unit.order.order_scenario import (
    BY_INTENT,
    CANCELLED,
    LOOK,
    MARK_COOKED,
    RECONCILE,
    REFUND,
    OrderScenario,
)


def test_nothing_is_due_of_a_disputed_payment() -> None:
    """The bank has the money; Stripe refuses to refund it."""
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.gateway.dispute(SESSION_ID)

    scenario.handle(REFUND)

    assert scenario.order.refunds_due == []
    assert "gateway.refund" not in scenario.faults.calls


def test_a_disputed_order_is_not_cooked_until_the_dispute_is_won() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)

    scenario.handle(BY_INTENT)
    stopped = scenario.order
    scenario.handle(MARK_COOKED)
    scenario.gateway.dispute(SESSION_ID, "won")
    scenario.handle(BY_INTENT)

    assert not stopped.may_be_cooked
    assert stopped.status is Status.PAID
    assert scenario.order.may_be_cooked
    assert scenario.bus.types == ["order.paid"]


def test_an_order_of_which_a_bank_asks_is_not_cooked_and_can_be_refunded() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID, "inquiry")

    scenario.handle(BY_INTENT)
    asked = scenario.order
    outcome = scenario.close()

    assert not asked.may_be_cooked
    assert watch_at(asked) == asked.history[-1].at + timedelta(days=1)
    assert outcome is CloseOutcome.REFUNDED
    assert [due.amount for due in scenario.gateway.refunds.values()] == [1650]


def test_a_payment_that_is_due_is_refunded_while_a_bank_asks() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID, "inquiry")

    scenario.handle(RECONCILE)
    scenario.handle(REFUND)

    assert [p.refunded for p in scenario.order.payments] == [1650]


@pytest.mark.parametrize(
    ("states", "counted"),
    [
        (["inquiry"], 1),
        (["inquiry", "won"], 1),
        (["inquiry", "open"], 2),
        (["inquiry", "open", "lost"], 2),
        (["open", "won"], 1),
        (["lost"], 1),
    ],
)
def test_a_question_of_a_bank_and_its_dispute_are_each_counted(
    states: list[str], counted: int
) -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()

    for state in states:
        scenario.gateway.dispute(SESSION_ID, state)
        scenario.handle(LOOK)
        scenario.handle(LOOK)

    assert scenario.telemetry.counts["DisputeOpened"] == counted


def test_a_lost_dispute_ends_the_order() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID, "lost")

    scenario.handle(BY_INTENT)

    assert scenario.order.status is Status.REFUNDED
    assert scenario.stock.wasted
    assert scenario.gateway.refunds == {}


def test_a_dispute_and_a_failed_refund_of_the_order_are_counted_once() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1)
    scenario.gateway.fail_refund(SESSION_ID)
    scenario.gateway.dispute(SESSION_ID)

    scenario.handle(LOOK)
    scenario.handle(LOOK)

    assert scenario.telemetry.counts == {"RefundFailed": 1, "DisputeOpened": 1}
    assert scenario.telemetry.warnings == ["refund.failed", "dispute.opened"]


def test_the_rest_is_refunded_when_the_dispute_is_won() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)
    scenario.handle(RECONCILE)
    assert scenario.bus.types == []

    scenario.gateway.dispute(SESSION_ID, "won")
    scenario.handle(LOOK)
    scenario.handle(REFUND)

    assert scenario.bus.types == ["order.refund_due"]
    assert [p.refunded for p in scenario.order.payments] == [1650]


def test_a_dispute_of_a_part_that_is_lost_leaves_the_rest() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID, "lost", amount=650)

    scenario.handle(LOOK)

    assert scenario.order.may_be_cooked
    assert scenario.order.revenue == 1000
    scenario.gateway.give_back(SESSION_ID, 1000)
    scenario.handle(LOOK)
    assert scenario.order.status is Status.REFUNDED
