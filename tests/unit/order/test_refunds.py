"""Refunds: an order follows what became of its payments."""

from dataclasses import replace

import pytest

from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.model import Order
from gorder.order.payments import RefundReason
from gorder.order.status import Status
from gorder.order.stock_errors import ReservationMissingError
from gorder.payment.model import PagePayment, PageReport, PageState
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.examples import (
    ORDER_ID,
    SESSION_ID,
    TRACE_ID,
    cooked,
    cooking,
    paid,
    payment,
    waiting,
)
from tests.fakes.faults import Died, Mishap
from tests.unit.order.order_scenario import (
    BY_INTENT,
    CANCELLED,
    EXPIRED_ORDER,
    LOOK,
    PAID,
    RECONCILE,
    REFUND,
    SECOND,
    OrderScenario,
)


@pytest.mark.parametrize(
    ("order", "returned", "wasted"),
    [(paid(), 1, 0), (cooking(), 0, 1), (cooked(), 0, 1)],
    ids=["before cooking", "while cooking", "after cooking"],
)
def test_a_refund_in_full_ends_the_order(order: Order, returned: int, wasted: int) -> None:
    scenario = OrderScenario(order)
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    scenario.handle(BY_INTENT)
    scenario.handle(BY_INTENT)

    assert scenario.order.status is Status.REFUNDED
    assert scenario.bus.types == ["order.refunded"]
    assert (len(scenario.stock.returned), len(scenario.stock.wasted)) == (returned, wasted)
    assert scenario.stock.sold == {}


def test_a_refund_in_part_is_recorded_and_the_order_goes_on() -> None:
    scenario = OrderScenario(cooking())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)

    scenario.handle(BY_INTENT)

    assert scenario.order.status is Status.COOKING
    assert scenario.order.payment
    [refund] = scenario.order.payment.refunds
    assert (refund.amount, refund.by, refund.reason) == (650, "stripe", "requested_by_customer")
    assert scenario.stock.sold


def test_a_refund_that_fails_is_recorded() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)
    scenario.handle(LOOK)
    scenario.gateway.fail_refund(SESSION_ID)

    scenario.handle(LOOK)

    assert scenario.order.payment
    assert scenario.order.payment.refunded == 0
    assert [refund.status for refund in scenario.order.payment.refunds] == ["failed"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (EXPIRED_ORDER, RefundReason.ORDER_EXPIRED),
        (waiting(), RefundReason.OUT_OF_STOCK),
    ],
    ids=["expired", "open"],
)
def test_a_payment_without_units_is_refunded(order: Order, reason: RefundReason) -> None:
    scenario = OrderScenario(order)
    scenario.stock.release(ORDER_ID, TRACE_ID)
    scenario.stock.available["soup"] = 1
    scenario.pay()

    scenario.handle(RECONCILE)
    scenario.handle(REFUND)
    scenario.handle(REFUND)

    [found] = scenario.order.payments
    assert (found.refund_reason, found.refund_due, found.refunded) == (reason, 0, 1650)
    assert scenario.order.status is Status.EXPIRED
    assert "order.paid" not in scenario.bus.types
    assert len(scenario.gateway.refunds) == 1


def test_a_payment_after_the_cancellation_is_refunded_once() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()

    for message in (RECONCILE, REFUND, RECONCILE, REFUND):
        scenario.handle(message)

    [found] = scenario.order.payments
    [refund] = found.refunds
    assert (refund.amount, refund.reason, refund.by) == (1650, "order_cancelled", "gorder")
    assert scenario.order.status is Status.CANCELLED
    assert scenario.bus.types == ["order.refund_due"]
    assert (scenario.stock.sold, scenario.stock.held) == ({}, {})


def test_a_refund_by_hand_counts_before_the_rest_is_refunded() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.gateway.give_back(SESSION_ID, 650)  # its webhook is lost

    scenario.handle(REFUND)

    [found] = scenario.order.payments
    assert [(refund.amount, refund.by) for refund in found.refunds] == [
        (650, "stripe"),
        (1000, "gorder"),
    ]


def test_a_payment_that_is_to_be_refunded_does_not_pay_later() -> None:
    scenario = OrderScenario(EXPIRED_ORDER)
    scenario.stock.release(ORDER_ID, TRACE_ID)
    scenario.stock.available["soup"] = 1
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.stock.available["soup"] = 10

    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.EXPIRED
    assert scenario.stock.sold == {}
    assert scenario.order.refunds_due


def test_a_second_payment_is_refunded_and_the_order_goes_on() -> None:
    scenario = OrderScenario(cooking())
    scenario.pay()
    scenario.gateway.add_payment(SECOND)

    scenario.handle(ReconcilePayment(ORDER_ID, "cs_2"))
    scenario.handle(REFUND)

    assert scenario.order.status is Status.COOKING
    assert scenario.order.payment == payment()
    assert [p.refund_reason for p in scenario.order.payments] == [None, "second_payment"]
    assert [p.refunded for p in scenario.order.payments] == [0, 1650]
    assert scenario.stock.sold


@pytest.mark.parametrize(
    "wrong", [replace(PAID, amount=1), replace(PAID, amount=1651), replace(PAID, currency="usd")]
)
def test_a_wrong_amount_is_refunded_and_the_dead_page_goes(wrong: PagePayment) -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.add_payment(wrong)

    scenario.handle(LOOK)
    scenario.handle(REFUND)

    [found] = scenario.order.payments
    assert (found.refund_reason, found.refunded) == ("wrong_amount", wrong.amount)
    assert scenario.order.status is Status.EXPIRED  # no time is left for another page
    assert scenario.stock.held == {}
    assert scenario.telemetry.counts["PaymentRefused"] == 1


def test_a_refund_that_failed_is_not_repeated() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.handle(REFUND)
    scenario.gateway.fail_refund(SESSION_ID)

    scenario.handle(LOOK)
    scenario.handle(REFUND)

    [found] = scenario.order.payments
    assert [refund.status for refund in found.refunds] == ["failed"]
    assert scenario.telemetry.counts["RefundFailed"] == 1


def test_a_refund_of_a_payment_without_its_order_raises_no_alarm() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)
    scenario.orders.stored.clear()

    scenario.handle(LOOK)

    assert list(scenario.orders.unmatched) == ["pi_1"]
    assert scenario.telemetry.counts == {}


def test_a_refund_is_written_off_although_its_message_was_lost() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)
    scenario.faults.on("orders.replace", Mishap.DIES_AFTER)
    with pytest.raises(Died):
        scenario.handle(LOOK)

    scenario.deliver()

    assert scenario.stock.wasted
    assert scenario.bus.types == ["order.refunded"]


def test_a_refund_that_stripe_refuses_does_not_stop_the_others() -> None:
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.handle(RECONCILE)
    scenario.gateway.add_payment(SECOND)
    scenario.handle(ReconcilePayment(ORDER_ID, "cs_2"))
    scenario.faults.on("gateway.refund")

    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.handle(REFUND)

    assert [p.refunded for p in scenario.order.payments] == [0, 1650]


def test_the_same_amount_is_refunded_again_if_it_is_due_again() -> None:
    """Half was refunded by hand and half by gorder; then the refund by hand fails."""
    scenario = OrderScenario(CANCELLED)
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 825)
    scenario.handle(RECONCILE)
    scenario.handle(REFUND)
    paid_back = scenario.gateway.ended[SESSION_ID].payment
    assert paid_back
    first, second = paid_back.refunds
    failed = replace(paid_back, refunds=(replace(first, status="failed"), second))
    scenario.gateway.ended[SESSION_ID] = PageReport(PageState.PAID, failed)

    scenario.handle(LOOK)
    scenario.handle(REFUND)

    assert [p.refunded for p in scenario.order.payments] == [1650]
    assert scenario.telemetry.counts["PaymentRefunded"] == 2


def test_a_second_payment_is_refunded_although_the_stock_was_lost() -> None:
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.add_payment(SECOND)
    scenario.stock.sold.clear()

    with pytest.raises(ReservationMissingError):
        scenario.handle(ReconcilePayment(ORDER_ID, "cs_2"))

    assert scenario.bus.types == ["order.refund_due"]
    assert scenario.order.outbox == ()


def test_the_log_of_a_refund_by_hand_names_its_order() -> None:
    scenario = OrderScenario(cooked())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1)
    scenario.gateway.fail_refund(SESSION_ID)

    scenario.handle(BY_INTENT)

    assert scenario.telemetry.bound == [(ORDER_ID, TRACE_ID)]
    assert scenario.telemetry.warnings == ["refund.failed"]
