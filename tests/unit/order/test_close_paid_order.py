"""Staff can close a paid order: what the shop has of its payment is refunded."""

from dataclasses import replace

import pytest

from gorder.order.back_office_replies import order_closed
from gorder.order.changes import StaffNote
from gorder.order.commands.close_order import CloseOutcome
from gorder.order.errors import OrderNotRefundable
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.examples import ORDER_ID, SESSION_ID, cooked, cooking, paid
from tests.fakes.faults import Died, Mishap
from tests.unit.order.closed_orders import ALL_UNITS, free_order, note_of
from tests.unit.order.order_scenario import CLOSE, LOOK, MARK_COOKED, OrderScenario


def test_only_what_is_left_is_refunded() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)

    assert scenario.close() is CloseOutcome.REFUNDED
    assert [due.amount for due in scenario.gateway.refunds.values()] == [1000]


def test_a_refund_in_the_dashboard_is_found_first() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    assert scenario.gateway.refunds == {}
    assert scenario.order.notes == ()


def test_the_webhook_finds_a_refund_that_was_not_recorded() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.faults.on("gateway.refund", Mishap.DIES_AFTER)
    with pytest.raises(Died):
        scenario.close()
    assert not scenario.order.has_ended

    scenario.handle(LOOK)

    assert scenario.order.status is Status.REFUNDED
    assert len(scenario.gateway.refunds) == 1
    assert note_of(scenario) == ("close_order", CLOSE.by, CLOSE.reason)


def test_a_refund_that_fails_at_once_leaves_the_order_open_to_another() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    refund = scenario.gateway.refund

    def refund_and_fail(due: object) -> None:
        refund(due)  # type: ignore[arg-type]  # passed on
        scenario.gateway.fail_refund(SESSION_ID)

    scenario.gateway.refund = refund_and_fail  # type: ignore[method-assign]  # a bank's refusal
    assert scenario.close() is CloseOutcome.REFUND_NOT_MADE
    assert scenario.order.status is Status.COOKED
    scenario.gateway.refund = refund  # type: ignore[method-assign]  # the bank accepts it

    assert scenario.close() is CloseOutcome.REFUNDED
    assert [due.idempotency_key for due in scenario.gateway.refunds.values()] == [
        f"order:{ORDER_ID}:refund:pi_1:1650:closed_by_shop-0",
        f"order:{ORDER_ID}:refund:pi_1:1650:closed_by_shop-1",
    ]
    assert len(scenario.order.notes) == 1


def test_a_disputed_payment_is_refused_with_a_way_out() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)

    with pytest.raises(OrderNotRefundable, match="accept the dispute in Stripe's dashboard"):
        scenario.close()

    assert not scenario.order.has_ended
    assert scenario.gateway.refunds == {}
    scenario.gateway.dispute(SESSION_ID, "lost")
    scenario.handle(LOOK)
    assert scenario.order.status is Status.REFUNDED


@pytest.mark.parametrize("order", [paid(), cooked()], ids=["paid", "cooked"])
def test_a_payment_of_which_a_part_was_lost_is_refused_in_words(order: Order) -> None:
    scenario = OrderScenario(order)
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID, "lost", amount=650)

    with pytest.raises(OrderNotRefundable, match="was lost in a dispute"):
        scenario.close()

    assert scenario.order.status is order.status
    assert scenario.order.notes == ()
    assert scenario.gateway.refunds == {}


def test_a_free_order_ends_without_a_refund() -> None:
    scenario = free_order()

    outcomes = [scenario.close(), scenario.close()]

    assert outcomes == [CloseOutcome.REFUNDED, CloseOutcome.ALREADY_ENDED]
    assert scenario.order.status is Status.REFUNDED
    assert scenario.stock.available == ALL_UNITS
    assert scenario.bus.types == ["order.refunded"]
    assert len(scenario.order.notes) == 1
    text = order_closed(scenario.order, outcomes[0]).text
    assert text == "The order has ended. What was paid is refunded."


def test_an_order_that_is_closed_is_not_cooked_and_not_cancelled_again() -> None:
    scenario = OrderScenario(cooking())
    scenario.pay()
    scenario.close()

    scenario.handle(MARK_COOKED)

    assert scenario.order.status is Status.REFUNDED


def test_an_order_without_its_payment_is_refused() -> None:
    scenario = OrderScenario(paid())
    scenario.orders.stored[ORDER_ID] = replace(scenario.order, payments=())

    with pytest.raises(OrderNotRefundable, match="is paid and has no payment"):
        scenario.close()


def test_two_commands_with_different_reasons_are_both_recorded() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.faults.on("gateway.refund")
    with pytest.raises(PaymentGatewayUnavailableError, match="failed as planned"):
        scenario.close(replace(CLOSE, reason="The cook is ill."))

    scenario.close()

    assert [note.text for note in scenario.order.notes] == ["The cook is ill.", CLOSE.reason]
    assert scenario.order.notes[0] == StaffNote(
        "close_order", CLOSE.by, "The cook is ill.", scenario.clock.now
    )
