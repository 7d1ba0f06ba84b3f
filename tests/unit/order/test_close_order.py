"""Staff can close an order in any status, and the customer never pays for nothing."""

from dataclasses import replace

import pytest

from gorder.errors import LaterReleaseError
from gorder.order.changes import OutboxEvent
from gorder.order.commands.close_order import CloseOutcome
from gorder.order.errors import OrderUnreadableError, UnknownOrder
from gorder.order.model import Order
from gorder.order.status import LaterStatus, Status
from gorder.order.store_errors import ConcurrentUpdateError
from gorder.payment.model import PageReport, PageState
from gorder.payment.ports import PaymentGatewayRefusedError
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EXPIRED,
    ORDER_ID,
    SESSION_ID,
    cooked,
    cooking,
    paid,
    pending,
    refunded,
    waiting,
)
from tests.unit.order.closed_orders import ALL_UNITS, note_of
from tests.unit.order.order_scenario import (
    CANCEL,
    CLOSE,
    LOOK,
    RECONCILE,
    REFUND,
    OrderScenario,
)

CANCELLED = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON)).delivered(["c"])
EXPIRED_ORDER = waiting().with_status(Status.EXPIRED, EXPIRED).delivered([EXPIRED.event_id])


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["without a page", "with a page"])
def test_an_unpaid_order_is_cancelled(order: Order) -> None:
    scenario = OrderScenario(order)

    outcomes = [scenario.close(), scenario.close()]

    assert outcomes == [CloseOutcome.CANCELLED, CloseOutcome.ALREADY_ENDED]
    assert (scenario.order.status, scenario.order.reason) == (Status.CANCELLED, "closed_by_shop")
    assert note_of(scenario) == ("close_order", CLOSE.by, CLOSE.reason)
    assert scenario.stock.available == ALL_UNITS
    assert scenario.bus.types[-1] == "order.cancelled"
    assert scenario.order.outbox == ()
    if order.checkout.session_id:
        assert scenario.gateway.ended == {SESSION_ID: PageReport(PageState.EXPIRED)}
    assert ("order.close_requested", {"by": CLOSE.by, "reason": CLOSE.reason}) in (
        scenario.telemetry.lines
    )


def test_an_order_whose_page_stripe_does_not_know_is_cancelled() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.pages.clear()

    assert scenario.close() is CloseOutcome.CANCELLED
    assert scenario.order.status is Status.CANCELLED


def test_an_order_whose_page_stays_open_is_not_closed() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.unexpirable.add(SESSION_ID)

    with pytest.raises(PaymentGatewayRefusedError, match="Stripe refuses to expire cs_1"):
        scenario.close()

    assert scenario.order == waiting()


def test_a_page_that_was_paid_meanwhile_is_reconciled() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()

    assert scenario.close() is CloseOutcome.PAYMENT_FOUND
    assert not scenario.order.has_ended
    assert scenario.bus.types == ["order.paid"]
    assert scenario.close() is CloseOutcome.REFUNDED
    assert scenario.order.status is Status.REFUNDED


def test_a_page_that_was_paid_with_a_wrong_amount_ends_the_order() -> None:
    scenario = OrderScenario(waiting())
    scenario.pay()
    wrong = scenario.gateway.ended[SESSION_ID].payment
    assert wrong
    scenario.gateway.add_payment(replace(wrong, amount=1))

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    assert scenario.order.status is Status.EXPIRED
    scenario.handle(REFUND)
    assert [p.refunded for p in scenario.order.payments] == [1]


def test_a_payment_under_way_is_refunded_when_it_arrives() -> None:
    scenario = OrderScenario(waiting())
    scenario.gateway.begin_to_pay(SESSION_ID)

    assert scenario.close() is CloseOutcome.CANCELLED
    scenario.gateway.pay(SESSION_ID)
    scenario.handle(RECONCILE)
    scenario.handle(REFUND)

    assert scenario.order.status is Status.CANCELLED
    assert [p.refunded for p in scenario.order.payments] == [1650]
    assert scenario.stock.available == ALL_UNITS


@pytest.mark.parametrize(
    ("order", "returned", "wasted"),
    [(paid(), 1, 0), (cooking(), 0, 1), (cooked(), 0, 1)],
    ids=["paid", "cooking", "cooked"],
)
def test_a_paid_order_is_refunded_once(order: Order, returned: int, wasted: int) -> None:
    scenario = OrderScenario(order)
    scenario.pay()

    outcomes = [scenario.close(), scenario.close()]
    scenario.handle(LOOK)

    assert outcomes == [CloseOutcome.REFUNDED, CloseOutcome.ALREADY_ENDED]
    assert scenario.order.status is Status.REFUNDED
    [due] = scenario.gateway.refunds.values()
    assert (due.amount, due.reason) == (1650, "closed_by_shop")
    assert note_of(scenario) == ("close_order", CLOSE.by, CLOSE.reason)
    assert (len(scenario.stock.returned), len(scenario.stock.wasted)) == (returned, wasted)
    assert scenario.bus.types == ["order.refunded"]
    assert scenario.telemetry.counts["PaymentRefunded"] == 1
    assert ("payment.refunded", {"payment": "pi_1", "reason": "closed_by_shop"}) in (
        scenario.telemetry.lines
    )


@pytest.mark.parametrize("order", [CANCELLED, EXPIRED_ORDER, refunded()])
def test_an_order_that_has_ended_stays_as_it_is(order: Order) -> None:
    scenario = OrderScenario(order)

    assert scenario.close() is CloseOutcome.ALREADY_ENDED
    assert scenario.order == order
    assert scenario.bus.types == []


def test_the_customer_who_cancels_later_sees_the_reason_of_the_shop() -> None:
    scenario = OrderScenario(waiting())
    scenario.close()

    scenario.handle(CANCEL)

    assert scenario.order.reason == "closed_by_shop"


def test_an_order_of_a_later_release_is_refused() -> None:
    scenario = OrderScenario(waiting())
    later = replace(waiting(), status=LaterStatus("being_delivered"))
    scenario.orders.stored[ORDER_ID] = later

    with pytest.raises(LaterReleaseError, match="being_delivered, a status of a later release"):
        scenario.close()

    assert scenario.order == later


def test_an_unknown_order_is_refused_in_words() -> None:
    scenario = OrderScenario(waiting())

    with pytest.raises(UnknownOrder, match="There is no order missing: check its id"):
        scenario.close(replace(CLOSE, order_id="missing"))


def test_an_order_that_cannot_be_read_is_named_with_its_fields() -> None:
    scenario = OrderScenario(waiting())
    scenario.orders.unreadable.add(ORDER_ID)

    with pytest.raises(
        OrderUnreadableError, match="customer_id: missing; repair it: gorder orders repair"
    ):
        scenario.close()


def test_an_order_that_got_another_page_meanwhile_is_not_closed() -> None:
    scenario = OrderScenario(waiting())
    expire = scenario.gateway.expire_page

    def expire_and_be_overtaken(session_id: str) -> PageReport:
        checkout = replace(scenario.order.checkout, session_id="cs_new")
        changed = replace(scenario.order, checkout=checkout, version=9)
        scenario.orders.stored[ORDER_ID] = changed
        return expire(session_id)

    scenario.gateway.expire_page = expire_and_be_overtaken  # type: ignore[method-assign]  # an interleaving

    with pytest.raises(ConcurrentUpdateError):
        scenario.close()

    assert scenario.order.is_open
