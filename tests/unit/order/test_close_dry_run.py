"""A dry run of `close_order` changes nothing, and says what would be done."""

from dataclasses import replace

import pytest

from gorder.order.back_office_replies import order_closed
from gorder.order.commands.close_order import CloseOutcome
from gorder.order.errors import OrderNotRefundable, UnknownOrder
from gorder.order.model import Order
from tests.fakes.examples import SESSION_ID, cooked, cooking, paid, pending, refunded, waiting
from tests.unit.order.closed_orders import free_order
from tests.unit.order.order_scenario import CANCELLED, CLOSE, EXPIRED_ORDER, OrderScenario

DRY = replace(CLOSE, dry_run=True)
READS = {"orders.get", "gateway.page"}


@pytest.mark.parametrize(
    ("order", "is_paid", "outcome"),
    [
        (pending(), False, CloseOutcome.WOULD_CANCEL),
        (waiting(), False, CloseOutcome.WOULD_CANCEL),
        (waiting(), True, CloseOutcome.WOULD_FIND_PAYMENT),
        (paid(), True, CloseOutcome.WOULD_REFUND),
        (cooking(), True, CloseOutcome.WOULD_REFUND),
        (cooked(), True, CloseOutcome.WOULD_REFUND),
        (CANCELLED, False, CloseOutcome.ALREADY_ENDED),
        (EXPIRED_ORDER, False, CloseOutcome.ALREADY_ENDED),
        (refunded(), False, CloseOutcome.ALREADY_ENDED),
    ],
)
def test_nothing_is_changed(order: Order, is_paid: bool, outcome: CloseOutcome) -> None:  # noqa: FBT001 - of a table
    scenario = OrderScenario(order)
    if is_paid:
        scenario.pay()
    ended = dict(scenario.gateway.ended)

    assert scenario.plan_to_close(DRY)[1] is outcome

    assert scenario.order == order
    assert scenario.gateway.ended == ended
    assert scenario.gateway.refunds == {}
    assert scenario.bus.published == []
    assert set(scenario.faults.calls) <= READS


def test_the_answer_has_what_would_be_refunded() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)

    body = order_closed(*scenario.plan_to_close(DRY))

    assert (body.status, body.refunded, body.left) == ("cooked", 650, 1000)
    assert body.outcome == "would_refund"
    assert body.text.startswith("Nothing was done. What is `left` of the payment would be refunded")
    assert scenario.close() is CloseOutcome.REFUNDED


def test_a_refund_in_the_dashboard_is_seen() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    order, outcome = scenario.plan_to_close(DRY)

    assert (outcome, order.status) == (CloseOutcome.ALREADY_ENDED, paid().status)


def test_a_free_order_would_end() -> None:
    scenario = free_order()

    order, outcome = scenario.plan_to_close(DRY)

    assert (outcome, order.revenue) == (CloseOutcome.WOULD_REFUND, 0)
    assert order == scenario.order


def test_what_the_command_refuses_is_refused() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)

    with pytest.raises(OrderNotRefundable, match="accept the dispute"):
        scenario.plan_to_close(DRY)
    with pytest.raises(UnknownOrder):
        scenario.plan_to_close(replace(DRY, order_id="missing"))


def test_the_text_of_every_outcome_is_known() -> None:
    for outcome in CloseOutcome:
        assert order_closed(paid(), outcome).text
