"""An order whose page Stripe refuses twice alike is closed."""

from contextlib import suppress
from itertools import count

import pytest

from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.changes import Checkout
from gorder.order.status import Status
from gorder.order.stock_errors import StockUnavailableError
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.payment.model import CheckoutDiffersError, CheckoutRefusedError, PageReport, PageState
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from tests.fakes.examples import ORDER_ID, pending
from tests.fakes.faults import Died, Mishap
from tests.unit.payment.payment_link_scenario import CANCELLED, PaymentLinkScenario

RETRIED = (
    CheckoutRefusedError,
    EventBusUnavailableError,
    OrderStoreUnavailableError,
    PaymentGatewayUnavailableError,
    StockUnavailableError,
)


@pytest.mark.parametrize("soup", [699, 701])
def test_a_page_with_another_amount_is_expired_and_not_saved(soup: int) -> None:
    scenario = PaymentLinkScenario(pending(), {"price_700": soup, "price_250": 250})

    with pytest.raises(CheckoutDiffersError, match="1650"):
        scenario.order_created()

    assert scenario.order.status is Status.PENDING
    assert scenario.order.checkout == Checkout(
        2, pending().checkout.expires_at, refusal="checkout_differs"
    )
    assert scenario.gateway.ended == {"cs_1": PageReport(PageState.EXPIRED)}


def test_two_pages_with_another_amount_close_the_order() -> None:
    scenario = PaymentLinkScenario(pending(), {"price_700": 701, "price_250": 250})
    with pytest.raises(CheckoutDiffersError):
        scenario.order_created()

    scenario.order_created()

    assert_not_payable(scenario)
    assert set(scenario.gateway.ended) == {"cs_1", "cs_2"}


def test_the_first_refusal_keeps_the_order_open() -> None:
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})

    with pytest.raises(CheckoutRefusedError, match="price_700"):
        scenario.order_created()

    assert scenario.order.status is Status.PENDING
    assert scenario.order.checkout == Checkout(
        2, pending().checkout.expires_at, refusal="resource_missing:line_items[0][price]"
    )
    assert ORDER_ID in scenario.stock.held
    assert "OrderNotPayable" not in scenario.telemetry.counts


def test_the_second_refusal_alike_closes_the_order() -> None:
    """The message is acknowledged; the shop finds order, price and Stripe's words in the log."""
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})
    with pytest.raises(CheckoutRefusedError):
        scenario.order_created()

    scenario.order_created()

    assert_not_payable(scenario)
    assert scenario.telemetry.warnings == ["order.not_payable"]
    [fields] = [fields for event, fields in scenario.telemetry.lines if fields]
    assert "price_700" in str(fields["reason"])
    scenario.order_created()
    assert_not_payable(scenario)
    assert scenario.gateway.pages == {}


def assert_not_payable(scenario: PaymentLinkScenario) -> None:
    assert scenario.order.status is Status.CANCELLED
    assert scenario.order.reason == "not_payable"
    assert scenario.order.outbox == ()
    assert scenario.bus.types == ["order.cancelled"]
    assert scenario.stock.held == {}
    assert scenario.telemetry.counts["OrderNotPayable"] == 1


def test_another_refusal_than_the_first_keeps_the_order_open() -> None:
    prices = {"price_700": 700, "price_250": 251}
    scenario = PaymentLinkScenario(pending(), prices)
    with pytest.raises(CheckoutDiffersError):
        scenario.order_created()
    del prices["price_250"]

    with pytest.raises(CheckoutRefusedError):
        scenario.order_created()

    assert scenario.order.status is Status.PENDING
    assert scenario.order.checkout.attempt == 3


def test_a_repeated_message_makes_the_page_that_was_refused() -> None:
    scenario = PaymentLinkScenario(pending(), prices := {"price_250": 250})
    with pytest.raises(CheckoutRefusedError):
        scenario.order_created()
    prices["price_700"] = 700

    scenario.order_created()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.attempt == 2
    assert scenario.order.checkout.expires_at == pending().checkout.expires_at


def test_a_closed_order_that_stripe_refuses_has_no_page_to_expire() -> None:
    scenario = PaymentLinkScenario(CANCELLED, {"price_250": 250})

    scenario.order_created()

    assert scenario.gateway.pages == {}
    assert scenario.order == CANCELLED


def test_a_wrong_key_closes_no_order() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.gateway.rejects_the_key = True

    for _ in range(3):
        with pytest.raises(PaymentGatewayRefusedError):
            scenario.order_created()

    assert scenario.order == pending()


def test_units_that_could_not_be_freed_are_freed_by_the_retry() -> None:
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})
    with pytest.raises(CheckoutRefusedError):
        scenario.order_created()
    scenario.faults.on("stock.release")

    with pytest.raises(StockUnavailableError):
        scenario.order_created()
    scenario.order_created()

    assert_not_payable(scenario)


def _refused_calls() -> list[str]:
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})
    _deliver_until_acknowledged(scenario)
    return scenario.faults.calls


def _deliver_until_acknowledged(scenario: PaymentLinkScenario) -> int:
    """Deliver the message as the queue does; return how often."""
    for delivery in count(1):
        with suppress(Died, *RETRIED):
            scenario.order_created()
            return delivery
    raise AssertionError


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    "call", [pytest.param(n, id=f"{n}-{call}") for n, call in enumerate(_refused_calls())]
)
def test_a_refused_order_is_closed_after_any_fault(call: int, mishap: Mishap) -> None:
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})
    scenario.faults.on_call_number(call, mishap)

    deliveries = _deliver_until_acknowledged(scenario)

    assert deliveries <= 3
    assert (scenario.order.status, scenario.order.reason) == (Status.CANCELLED, "not_payable")
    assert scenario.order.outbox == ()
    assert set(scenario.bus.types) == {"order.cancelled"}
    assert scenario.stock.held == {}
    assert scenario.gateway.pages == {}
