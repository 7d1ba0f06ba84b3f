"""Every state of a payment at Stripe has one right ending, and only Stripe is believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.errors import PaymentNotConfirmedError
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.order.stock_errors import ReservationMissingError
from gorder.payment.model import PageReport, PageState
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, SESSION_ID, TRACE_ID, paid, payment, pending, waiting
from tests.fakes.faults import Died, Mishap
from tests.unit.order.order_scenario import (
    BY_INTENT,
    CANCEL,
    EXPIRED_ORDER,
    LOOK,
    PAID,
    RECONCILE,
    REFUND,
    SECOND,
    OrderScenario,
)


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["without a link", "with a link"])
@pytest.mark.parametrize(
    "report",
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
    order: Order, report: PageReport | None
) -> None:
    scenario = OrderScenario(order)
    scenario.pay()
    if report:
        scenario.gateway.ended[SESSION_ID] = report
    else:
        scenario.gateway.ended.clear()

    with pytest.raises(PaymentNotConfirmedError, match=rf"order {ORDER_ID}: .* page {SESSION_ID}"):
        scenario.handle(RECONCILE)

    assert scenario.order == order
    assert scenario.bus.published == []
    assert scenario.stock.sold == {}


def test_a_page_that_stripe_does_not_know_is_a_defect() -> None:
    scenario = OrderScenario(pending())

    with pytest.raises(PaymentGatewayRefusedError):
        scenario.handle(RECONCILE)

    assert scenario.order == pending()


def test_without_an_answer_of_stripe_the_message_is_tried_again() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.faults.on("gateway.page")

    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.handle(RECONCILE)
    scenario.handle(RECONCILE)

    assert scenario.order.payment == payment()


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["without a link", "with a link"])
@pytest.mark.parametrize("message", [RECONCILE, LOOK, BY_INTENT])
def test_a_refunded_payment_does_not_pay(order: Order, message: ReconcilePayment) -> None:
    """The webhook was lost, the shop refunded in Stripe, and then the payment is found."""
    scenario = OrderScenario(order)
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 1650)

    scenario.handle(message)

    assert scenario.order.status is Status.REFUNDED
    assert scenario.bus.types[-1] == "order.refunded"
    assert "order.paid" not in scenario.bus.types
    assert (scenario.stock.sold, scenario.stock.held) == ({}, {})
    assert scenario.stock.available == {"soup": 10, "bread": 10, "yacht": 10}


def test_a_payment_that_was_refunded_in_part_pays() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.gateway.give_back(SESSION_ID, 650)

    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.PAID
    assert scenario.order.payment
    assert scenario.order.payment.refunded == 650


def test_units_that_were_released_are_taken_again_for_a_late_payment() -> None:
    scenario = OrderScenario(EXPIRED_ORDER)
    scenario.stock.release(ORDER_ID, TRACE_ID)
    scenario.pay()

    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.PAID
    assert ORDER_ID in scenario.stock.sold
    assert scenario.bus.types == ["order.paid"]


def test_units_that_were_sold_while_the_order_was_cancelled_are_returned() -> None:
    """The page of a pending order is not saved yet: the cancellation finds no payment."""
    scenario = OrderScenario(pending())
    scenario.pay()
    confirm = scenario.stock.confirm

    def confirm_while_cancelled(order_id: str, trace_id: str) -> None:
        confirm(order_id, trace_id)
        scenario.handle(CANCEL)

    scenario.stock.confirm = confirm_while_cancelled  # type: ignore[method-assign]  # an interleaving

    scenario.handle(RECONCILE)
    scenario.handle(REFUND)

    assert scenario.order.status is Status.CANCELLED
    assert [p.refunded for p in scenario.order.payments] == [1650]
    assert (scenario.stock.sold, scenario.stock.held) == ({}, {})
    assert scenario.stock.available["soup"] == 10


@pytest.mark.parametrize(("minutes", "status"), [(32, Status.PENDING), (31, Status.EXPIRED)])
def test_a_page_that_was_expired_by_hand_is_replaced_if_there_is_time(
    minutes: int, status: Status
) -> None:
    scenario = OrderScenario(waiting())
    scenario.clock.now = waiting().checkout.expires_at - timedelta(minutes=minutes, seconds=-1)
    scenario.gateway.expire_page(SESSION_ID)

    scenario.handle(LOOK)

    assert scenario.order.status is status
    if status is Status.PENDING:
        assert (scenario.order.checkout.attempt, scenario.order.checkout.url) == (2, None)
        assert scenario.bus.types == ["order.created"]
    else:
        assert scenario.bus.types == ["order.expired"]
        assert scenario.stock.held == {}


def test_a_payment_of_another_application_is_ignored() -> None:
    scenario = OrderScenario(waiting())

    scenario.handle(ReconcilePayment(None, payment_intent_id="pi_of_another"))
    scenario.handle(ReconcilePayment(None))

    assert scenario.order == waiting()
    assert scenario.telemetry.counts == {"PaymentIgnored": 2}


def test_a_payment_without_its_order_is_recorded_once() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    scenario.orders.stored.clear()

    scenario.handle(RECONCILE)
    scenario.clock.advance(hours=1)
    scenario.handle(RECONCILE)

    assert scenario.orders.unmatched == {
        "pi_1": (ORDER_ID, payment(), NOON + timedelta(minutes=5)),
    }
    assert scenario.telemetry.counts == {"PaymentUnmatched": 2}


def test_a_payment_without_mark_and_order_is_another_applications() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.add_payment(replace(SECOND, order_id="A17"))

    scenario.handle(ReconcilePayment("A17", "cs_2", reported=payment(session_id="cs_2")))

    assert scenario.orders.unmatched == {}
    assert scenario.telemetry.counts == {"PaymentIgnored": 1}


def test_units_that_were_sold_for_a_payment_that_is_lost_meanwhile_are_returned() -> None:
    """The process dies after the sale; then the shop refunds the payment."""
    scenario = OrderScenario(EXPIRED_ORDER)
    scenario.stock.release(ORDER_ID, TRACE_ID)
    scenario.pay()
    scenario.faults.on("stock.confirm", Mishap.DIES_AFTER)
    with pytest.raises(Died):
        scenario.handle(RECONCILE)
    assert scenario.stock.sold

    scenario.gateway.give_back(SESSION_ID, 1650)
    scenario.handle(RECONCILE)

    assert scenario.order.status is Status.EXPIRED
    assert (scenario.stock.sold, scenario.stock.available["soup"]) == ({}, 10)


def test_an_earlier_answer_of_stripe_does_not_replace_a_later_one() -> None:
    """Two reports at once: the dispute is won while the first one reads it as open."""
    scenario = OrderScenario(paid())
    scenario.pay()
    scenario.gateway.dispute(SESSION_ID)
    read, reads = scenario.gateway.page, []

    def read_and_be_overtaken(session_id: str) -> PageReport:
        report = read(session_id)
        reads.append(report)
        if len(reads) == 1:
            scenario.gateway.dispute(SESSION_ID, "won")
            scenario.handle(BY_INTENT)
        return report

    scenario.gateway.page = read_and_be_overtaken  # type: ignore[method-assign]  # an interleaving

    scenario.handle(LOOK)

    assert scenario.order.payment
    assert scenario.order.payment.dispute == "won"
    assert scenario.order.may_be_cooked


def test_a_payment_without_a_reservation_is_kept_for_a_person() -> None:
    """The stock was restored from a backup, or a function reads another database."""
    scenario = OrderScenario(waiting())
    scenario.stock.held.clear()
    scenario.pay()

    with pytest.raises(ReservationMissingError):
        scenario.handle(RECONCILE)

    assert scenario.order == waiting()
    assert list(scenario.orders.unmatched) == ["pi_1"]
    assert scenario.telemetry.counts == {"PaymentUnmatched": 1}
