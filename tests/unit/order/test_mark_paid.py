"""A payment is believed only as Stripe states it."""

from dataclasses import replace

import pytest
from gorder.order.commands.mark_paid import MarkPaid

from gorder.order.errors import PaymentMismatchError, PaymentNotConfirmedError
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.payment.model import PagePayment, PageReport, PageState
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from tests.fakes.examples import ORDER_ID, SESSION_ID, TRACE_ID, cooked, payment, pending, waiting
from tests.unit.order.order_scenario import MARK_PAID, OrderScenario

PAID = PagePayment(ORDER_ID, TRACE_ID, SESSION_ID, "pi_1", 1650, "eur")


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["without a link", "with a link"])
@pytest.mark.parametrize(
    "end",
    [
        None,
        PageReport(PageState.PROCESSING),
        PageReport(PageState.EXPIRED),
        PageReport(PageState.PAID, replace(PAID, order_id="another")),
        PageReport(PageState.PAID, replace(PAID, amount=1649)),
        PageReport(PageState.PAID, replace(PAID, currency="usd")),
        PageReport(PageState.PAID, replace(PAID, payment_intent_id="pi_2")),
        PageReport(PageState.PAID, replace(PAID, payment_intent_id=None)),
    ],
    ids=["open", "processing", "expired", "order", "amount", "currency", "intent", "no intent"],
)
def test_a_payment_that_stripe_does_not_confirm_changes_nothing(
    order: Order, end: PageReport | None
) -> None:
    scenario = OrderScenario(order)
    scenario.pay()
    if end:
        scenario.gateway.ended[SESSION_ID] = end
    else:
        scenario.gateway.ended.clear()

    with pytest.raises(PaymentNotConfirmedError, match=rf"order {ORDER_ID}: .* page {SESSION_ID}"):
        scenario.handle(MARK_PAID)

    assert scenario.order == order
    assert scenario.bus.published == []
    assert scenario.stock.sold == {}


def test_a_page_that_stripe_does_not_know_is_a_defect() -> None:
    scenario = OrderScenario(pending())

    with pytest.raises(PaymentGatewayRefusedError):
        scenario.handle(MARK_PAID)

    assert scenario.order == pending()


def test_without_an_answer_of_stripe_the_message_is_tried_again() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.faults.on("gateway.payment")

    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.handle(MARK_PAID)
    scenario.handle(MARK_PAID)

    assert scenario.order.payment == payment()


@pytest.mark.parametrize(
    ("order", "mismatch"),
    [(waiting(), payment(amount=1)), (cooked(), payment(session_id="cs_2"))],
    ids=["another amount", "a second payment"],
)
def test_a_payment_that_does_not_match_the_order_is_not_looked_up(
    order: Order, mismatch: Payment
) -> None:
    scenario = OrderScenario(order)

    with pytest.raises(PaymentMismatchError):
        scenario.handle(MarkPaid(ORDER_ID, mismatch))

    assert "gateway.payment" not in scenario.faults.calls


def test_a_repeated_payment_is_not_looked_up_again() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()

    scenario.handle(MARK_PAID)
    scenario.handle(MARK_PAID)

    assert scenario.faults.calls.count("gateway.payment") == 1
