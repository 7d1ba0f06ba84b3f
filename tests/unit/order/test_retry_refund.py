"""Staff can make a failed refund again, once for each failure."""

from dataclasses import replace

import pytest

from gorder.errors import LaterReleaseError
from gorder.order.changes import OutboxEvent
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.refund_order import RefundOutcome
from gorder.order.commands.retry_refund import RetryOutcome
from gorder.order.errors import UnknownOrder
from gorder.order.status import LaterStatus, Status
from gorder.payment.model import DueRefund, PagePayment
from gorder.payment.ports import PaymentGatewayRefusedError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, SESSION_ID, TRACE_ID, cooked, paid, waiting
from tests.fakes.faults import Died, Mishap
from tests.unit.order.order_scenario import (
    LOOK,
    RECONCILE,
    REFUND,
    REFUND_ALL,
    REFUND_PART,
    RETRY_REFUND,
    OrderScenario,
)

CANCELLED = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON)).delivered(["c"])


def with_a_failed_refund() -> OrderScenario:
    """A payment of a cancelled order, whose refund has failed."""
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.handle(REFUND)
    scenario.gateway.fail_refund(SESSION_ID)
    return scenario


def statuses(scenario: OrderScenario) -> list[str]:
    return [refund.status for p in scenario.order.payments for refund in p.refunds]


def test_a_failed_refund_is_made_again_once() -> None:
    scenario = with_a_failed_refund()

    outcomes = [scenario.retry_refund(), scenario.retry_refund()]

    assert outcomes == [[RetryOutcome.REFUNDED_AGAIN], [RetryOutcome.ALREADY_REFUNDED]]
    assert statuses(scenario) == ["failed", "succeeded"]
    [note] = scenario.order.notes
    assert (note.command, note.by) == ("retry_refund", RETRY_REFUND.by)
    assert note.text == "re_cs_1_1 of pi_1 has failed"
    assert ("refund.retry_requested", {"by": RETRY_REFUND.by}) in scenario.telemetry.lines


def test_each_failure_gets_a_refund_of_its_own() -> None:
    scenario = with_a_failed_refund()

    scenario.retry_refund()
    scenario.gateway.fail_refund(SESSION_ID)
    scenario.retry_refund()

    assert statuses(scenario) == ["failed", "failed", "succeeded"]
    assert len(scenario.gateway.refunds) == 3
    assert len(scenario.order.notes) == 2


def test_a_repetition_while_stripe_does_not_list_the_refund_makes_the_same_one() -> None:
    scenario = with_a_failed_refund()
    scenario.faults.on("gateway.refund", Mishap.DIES_AFTER)
    with pytest.raises(Died):
        scenario.retry_refund()
    stated = scenario.gateway.ended[SESSION_ID]
    assert stated.payment
    unlisted = replace(stated.payment, refunds=stated.payment.refunds[:1])
    scenario.gateway.ended[SESSION_ID] = replace(stated, payment=unlisted)

    outcome = scenario.retry_refund()

    assert outcome == [RetryOutcome.NOT_MADE]
    assert len(scenario.gateway.refunds) == 2
    assert len(scenario.order.notes) == 1


def test_nothing_is_done_if_no_refund_by_gorder_has_failed() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)
    scenario.gateway.fail_refund(SESSION_ID)

    assert scenario.retry_refund() == [RetryOutcome.NOT_FAILED]
    assert scenario.gateway.refunds == {}
    assert scenario.order.notes == ()


def test_an_order_without_a_payment_has_nothing_to_refund() -> None:
    assert OrderScenario(waiting()).retry_refund() == []


def test_a_refund_by_hand_after_the_failure_counts() -> None:
    scenario = with_a_failed_refund()
    scenario.gateway.give_back(SESSION_ID, 1650)

    assert scenario.retry_refund() == [RetryOutcome.ALREADY_REFUNDED]
    assert len(scenario.gateway.refunds) == 1


def test_only_what_was_not_refunded_by_hand_is_refunded_again() -> None:
    scenario = with_a_failed_refund()
    scenario.gateway.give_back(SESSION_ID, 650)

    assert scenario.retry_refund() == [RetryOutcome.REFUNDED_AGAIN]
    assert [due.amount for due in scenario.gateway.refunds.values()] == [1650, 1000]


@pytest.mark.parametrize("state", ["open", "lost"])
def test_a_disputed_payment_is_not_refunded(state: str) -> None:
    scenario = with_a_failed_refund()
    scenario.gateway.dispute(SESSION_ID, state)

    assert scenario.retry_refund() == [RetryOutcome.DISPUTED]
    assert len(scenario.gateway.refunds) == 1


def test_the_refund_of_an_order_that_the_shop_closed_is_made_again() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.close()
    scenario.gateway.fail_refund(SESSION_ID)
    scenario.handle(LOOK)
    assert scenario.order.revenue == 1650

    assert scenario.retry_refund() == [RetryOutcome.REFUNDED_AGAIN]
    assert scenario.order.status is Status.REFUNDED
    assert scenario.order.revenue == 0
    assert [due.reason for due in scenario.gateway.refunds.values()] == ["closed_by_shop"] * 2


def test_each_payment_of_an_order_is_looked_at() -> None:
    scenario = with_a_failed_refund()
    second = PagePayment(ORDER_ID, TRACE_ID, "cs_2", "pi_2", 1650, "eur")
    scenario.gateway.add_payment(second)
    scenario.handle(ReconcilePayment(ORDER_ID, "cs_2"))

    assert scenario.retry_refund() == [RetryOutcome.REFUNDED_AGAIN, RetryOutcome.NOT_FAILED]


def test_a_refund_that_stripe_refuses_does_not_stop_the_others() -> None:
    scenario = with_a_failed_refund()
    second = PagePayment(ORDER_ID, TRACE_ID, "cs_2", "pi_2", 1650, "eur")
    scenario.gateway.add_payment(second)
    scenario.handle(ReconcilePayment(ORDER_ID, "cs_2"))
    scenario.handle(REFUND)
    scenario.gateway.fail_refund("cs_2")
    refund = scenario.gateway.refund

    def refuse_the_first(due: DueRefund) -> None:
        if due.payment_intent_id == "pi_1":
            raise PaymentGatewayRefusedError("pi_1 is too old to be refunded")
        refund(due)

    scenario.gateway.refund = refuse_the_first  # type: ignore[method-assign]  # an old payment

    with pytest.raises(PaymentGatewayRefusedError, match="pi_1 is too old"):
        scenario.retry_refund()

    assert [p.refunded for p in scenario.order.payments] == [0, 1650]


def test_a_failure_that_was_not_reported_is_found() -> None:
    scenario = with_a_failed_refund()
    assert statuses(scenario) == ["succeeded"]

    assert scenario.retry_refund() == [RetryOutcome.REFUNDED_AGAIN]


def test_an_order_of_a_later_release_is_refused() -> None:
    scenario = with_a_failed_refund()
    later = replace(scenario.order, status=LaterStatus("being_delivered"))
    scenario.orders.stored[ORDER_ID] = later

    with pytest.raises(LaterReleaseError):
        scenario.retry_refund()


def test_an_unknown_order_is_refused_in_words() -> None:
    with pytest.raises(UnknownOrder, match="There is no order missing"):
        with_a_failed_refund().retry_refund(replace(RETRY_REFUND, order_id="missing"))


def test_a_part_that_failed_is_made_again_and_the_order_goes_on() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.refund(REFUND_PART)
    scenario.gateway.fail_refund(SESSION_ID)

    outcomes = [scenario.retry_refund(), scenario.retry_refund()]

    assert outcomes == [[RetryOutcome.REFUNDED_AGAIN], [RetryOutcome.ALREADY_REFUNDED]]
    assert (scenario.order.status, scenario.order.revenue) == (Status.COOKED, 950)
    assert scenario.refund(REFUND_PART).outcome is RefundOutcome.REFUNDED_IN_PART
    assert [due.amount for due in scenario.gateway.refunds.values()] == [700, 700]


def test_of_an_order_that_has_ended_all_that_is_left_is_refunded_again() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.refund(REFUND_PART)
    scenario.refund(REFUND_ALL)
    scenario.gateway.fail_refund(SESSION_ID)

    assert scenario.retry_refund() == [RetryOutcome.REFUNDED_AGAIN]
    assert (scenario.order.status, scenario.order.revenue) == (Status.REFUNDED, 0)
