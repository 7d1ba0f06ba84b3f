"""A promotion code and tax change what is paid, and nothing else does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.bootstrap.payment_link import payable
from gorder.order.adapters.mongo_documents import to_document, to_order
from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.order.payments import Payment, RefundReason
from gorder.order.reconciliation import receive, wants
from gorder.order.representation import order_body
from gorder.order.status import Status
from gorder.payment.model import PagePayment
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EVENTS,
    ORDER_ID,
    PAGE_OPTIONS,
    SESSION_ID,
    TRACE_ID,
    cooked,
    paid,
    payment,
    pending,
    waiting,
)
from tests.unit.order.order_scenario import BEGIN_COOKING, CANCEL, LOOK, REFUND, OrderScenario

TOTAL = 1650
CANCELLED = OutboxEvent("cancelled", "order.cancelled", NOON)
TAXED = replace(PAGE_OPTIONS, promotion_codes=True, automatic_tax=True)
AMOUNTS = st.integers(0, 3 * TOTAL)


def scenario_with_page() -> OrderScenario:
    """Return an order whose page takes promotion codes and calculates tax."""
    scenario = OrderScenario(pending())
    scenario.gateway.create_page(replace(payable(pending()), awaits_checkout=True), TAXED)
    scenario.faults.calls.clear()
    return scenario


@given(
    discount=st.integers(0, TOTAL),
    tax_included=st.integers(0, TOTAL),
    tax_added=st.integers(0, TOTAL),
)
def test_an_amount_that_discount_and_tax_explain_pays(
    discount: int, tax_included: int, tax_added: int
) -> None:
    stated = replace(
        payment(amount=TOTAL - discount + tax_added),
        discount=discount,
        tax=tax_included + tax_added,
        added=tax_added,
    )

    order = receive(waiting(), stated, EVENTS, has_units=True)

    assert order.status is Status.PAID
    assert order.revenue == stated.amount
    assert to_order(to_document(order)) == order


@given(subtotal=AMOUNTS, discount=AMOUNTS, tax=AMOUNTS, added=st.integers(-TOTAL, TOTAL))
def test_an_amount_pays_only_for_its_subtotal_and_with_explained_tax(
    subtotal: int, discount: int, tax: int, added: int
) -> None:
    stated = replace(
        payment(amount=subtotal - discount + added), discount=discount, tax=tax, added=added
    )

    assert wants(waiting(), stated) == (subtotal == TOTAL and 0 <= added <= tax)


@given(amount=AMOUNTS)
def test_without_discount_and_tax_only_the_total_pays(amount: int) -> None:
    assert wants(waiting(), payment(amount=amount)) == (amount == TOTAL)


@pytest.mark.parametrize(
    ("discount", "tax", "tax_included", "amount"),
    [(165, 0, 0, 1485), (0, 313, 0, 1963), (0, 0, 263, 1650), (165, 282, 10, 1767)],
    ids=["discount", "tax added", "tax included", "all of them"],
)
def test_a_discount_and_tax_are_taken_into_the_order(
    discount: int, tax: int, tax_included: int, amount: int
) -> None:
    scenario = scenario_with_page()
    scenario.gateway.pay(SESSION_ID, discount=discount, tax=tax, tax_included=tax_included)

    scenario.handle(LOOK)

    assert scenario.order.status is Status.PAID
    assert scenario.telemetry.revenues == [(amount, "eur")]
    body = order_body(scenario.order)
    assert body.amount_total == TOTAL
    assert body.payment
    assert body.payment.model_dump() == {
        "amount": amount,
        "discount": discount,
        "tax": tax + tax_included,
    }


def test_a_payment_without_discount_and_tax_is_not_shown() -> None:
    assert order_body(cooked()).payment is None


def test_what_was_paid_is_refunded_and_not_the_total() -> None:
    scenario = scenario_with_page()
    scenario.handle(CANCEL)
    scenario.gateway.pay(SESSION_ID, discount=650, tax=190)

    scenario.handle(LOOK)
    scenario.handle(REFUND)

    assert scenario.order.status is Status.CANCELLED
    assert [due.amount for due in scenario.gateway.refunds.values()] == [1190]
    assert [p.refunded for p in scenario.order.payments] == [1190]


def test_an_order_whose_whole_payment_was_refunded_is_refunded() -> None:
    scenario = scenario_with_page()
    scenario.gateway.pay(SESSION_ID, discount=650, tax=190)
    scenario.handle(LOOK)
    scenario.gateway.give_back(SESSION_ID, 1190)

    scenario.handle(LOOK)

    assert scenario.order.status is Status.REFUNDED
    assert scenario.order.revenue == 0


def test_a_payment_less_than_the_total_for_another_reason_is_refunded() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.add_payment(
        PagePayment(ORDER_ID, TRACE_ID, "cs_9", "pi_9", 1485, "eur", added=-165)
    )

    scenario.handle(replace(LOOK, session_id="cs_9"))

    [stated] = scenario.order.payments
    assert stated.refund_reason == RefundReason.WRONG_AMOUNT
    assert stated.refund_due == 1485


def test_a_free_order_is_paid_and_cooked() -> None:
    """Stripe makes no payment of 0; the page is the payment's key."""
    scenario = scenario_with_page()
    scenario.gateway.pay(SESSION_ID, discount=TOTAL)

    scenario.handle(LOOK)
    scenario.handle(BEGIN_COOKING)

    assert scenario.order.status is Status.COOKING
    assert scenario.order.payment == Payment(SESSION_ID, None, 0, "eur", discount=TOTAL)
    assert scenario.telemetry.revenues == []
    assert ORDER_ID in scenario.stock.sold


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (waiting().cancel(CANCELLED), RefundReason.ORDER_CANCELLED),
        (paid(), RefundReason.SECOND_PAYMENT),
    ],
)
def test_a_free_page_that_does_not_pay_leaves_nothing_to_refund(
    order: Order, reason: RefundReason
) -> None:
    scenario = OrderScenario(order)
    free = PagePayment(ORDER_ID, TRACE_ID, "cs_9", None, 0, "eur", discount=TOTAL)
    scenario.gateway.add_payment(free)

    scenario.handle(replace(LOOK, session_id="cs_9"))
    scenario.handle(REFUND)

    assert scenario.order.status is order.status
    assert scenario.order.payments[-1].refund_reason == reason
    assert scenario.order.refunds_due == []
    assert "order.refund_due" not in scenario.bus.types
    assert scenario.gateway.refunds == {}
    assert order_body(scenario.order).refunds == []
