"""The payment page of an order, made by the payment service and the order service together."""

from dataclasses import replace

import pytest

from gorder.bootstrap.payment_link import payable
from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.order.store_errors import OrderMissingError, OrderStoreUnavailableError
from gorder.payment.model import (
    CheckoutDiffersError,
    CheckoutPage,
    PageOptions,
    PageReport,
    PageState,
    Payable,
    check_page,
)
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.examples import (
    CREATED,
    ORDER_ID,
    PAGE_OPTIONS,
    PAGE_URL,
    cooked,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Mishap
from tests.unit.payment.payment_link_scenario import CANCELLED, PaymentLinkScenario


def test_the_page_is_made_and_saved() -> None:
    scenario = PaymentLinkScenario(pending())

    scenario.order_created()

    assert list(scenario.gateway.pages) == [f"order:{ORDER_ID}:checkout:1"]
    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.url == "https://pay.example/cs_1"
    assert scenario.order.outbox == ()


def test_a_repeated_message_makes_one_page() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.order_created()
    first = scenario.order

    scenario.order_created()

    assert scenario.order == first
    assert len(scenario.gateway.pages) == 1


@pytest.mark.parametrize("order", [waiting(), paid(), cooked()], ids=["waiting", "paid", "cooked"])
def test_an_order_that_has_left_pending_gets_no_page(order: Order) -> None:
    scenario = PaymentLinkScenario(order)

    scenario.order_created()

    assert scenario.gateway.pages == {}
    assert scenario.order == order


def test_the_page_of_an_order_closed_meanwhile_is_expired_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = PaymentLinkScenario(pending())
    cancelled = OutboxEvent("cancelled", "order.cancelled", scenario.clock())
    make = scenario.gateway.create_page

    def overtaken(payable: Payable, options: PageOptions) -> CheckoutPage:
        page = make(payable, options)
        scenario.orders.stored[ORDER_ID] = scenario.order.cancel(cancelled)
        return page

    monkeypatch.setattr(scenario.gateway, "create_page", overtaken)
    scenario.order_created()

    assert scenario.order.status is Status.CANCELLED
    assert scenario.order.checkout.url is None
    assert scenario.order.outbox == (cancelled,)
    assert scenario.gateway.pay("cs_1") is None


def test_no_page_of_a_closed_order_can_be_paid() -> None:
    scenario = PaymentLinkScenario(CANCELLED)

    scenario.order_created()

    assert scenario.order.checkout.session_id is None
    assert {report.state for report in scenario.gateway.ended.values()} == {PageState.EXPIRED}


def test_a_page_that_could_not_be_expired_is_expired_by_the_retry() -> None:
    """The order was cancelled while its page was made, and then Stripe did not answer."""
    scenario = PaymentLinkScenario(pending())
    scenario.gateway.create_page(payable(pending()), PAGE_OPTIONS)
    scenario.orders.stored[ORDER_ID] = CANCELLED
    scenario.gateway.faults.on("gateway.expire_page")

    with pytest.raises(PaymentGatewayUnavailableError):
        scenario.order_created()
    scenario.order_created()

    assert len(scenario.gateway.pages) == 1
    assert scenario.gateway.ended == {"cs_1": PageReport(PageState.EXPIRED)}


def test_a_closed_order_without_the_time_for_a_page_has_none() -> None:
    scenario = PaymentLinkScenario(CANCELLED)
    scenario.clock.advance(hours=1)

    scenario.order_created()

    assert scenario.gateway.pages == {}


def test_an_order_that_is_not_stored_is_an_error() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.orders.stored.clear()

    with pytest.raises(OrderMissingError):
        scenario.order_created()


def _calls(minutes_late: int) -> list[str]:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(minutes=minutes_late)
    scenario.order_created()
    return scenario.faults.calls


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("minutes_late", "call"),
    [
        pytest.param(minutes, number, id=f"{minutes} minutes late-{number}-{call}")
        for minutes in (0, 2)
        for number, call in enumerate(_calls(minutes))
    ],
)
def test_a_retry_after_any_fault_makes_one_page(
    minutes_late: int, call: int, mishap: Mishap
) -> None:
    undisturbed, scenario = PaymentLinkScenario(pending()), PaymentLinkScenario(pending())
    for each in (undisturbed, scenario):
        each.clock.advance(minutes=minutes_late)
    undisturbed.order_created()
    scenario.faults.on_call_number(call, mishap)

    with pytest.raises((Died, OrderStoreUnavailableError, PaymentGatewayUnavailableError)):
        scenario.order_created()
    scenario.clock.advance(seconds=1)
    scenario.order_created()

    assert len(scenario.gateway.pages) == 1
    assert scenario.order.checkout.url == undisturbed.order.checkout.url
    assert _timeless(scenario.order) == _timeless(undisturbed.order)


def _timeless(order: Order) -> Order:
    """Return the order without the times that a retry makes later."""
    return replace(
        order, history=(), checkout=replace(order.checkout, expires_at=CREATED.occurred_at)
    )


@pytest.mark.parametrize(
    ("subtotal", "total", "tax"),
    [(1650, 1650, 0), (1650, 1963, 313), (1650, 1650, 263), (1650, 1700, 100)],
    ids=["no tax", "tax added", "tax included", "some of it added"],
)
def test_a_page_may_ask_for_the_total_and_its_tax(subtotal: int, total: int, tax: int) -> None:
    check_page(CheckoutPage("cs_1", PAGE_URL, subtotal, total, "eur", tax), payable(pending()))


@pytest.mark.parametrize(
    ("subtotal", "total", "currency", "tax"),
    [
        *((1649, 1649, "eur", 0), (1650, 1650, "usd", 0), (1650, 1649, "eur", 0)),
        *((1650, 1651, "eur", 0), (1650, 1963, "eur", 312), (1337, 1650, "eur", 313)),
    ],
)
def test_a_page_that_asks_for_another_amount_differs(
    subtotal: int, total: int, currency: str, tax: int
) -> None:
    page = CheckoutPage("cs_1", PAGE_URL, subtotal, total, currency, tax)

    with pytest.raises(CheckoutDiffersError, match=f"asks for {total} {currency}"):
        check_page(page, payable(pending()))
