"""Which answers of Stripe cost an attempt, and how late a page may be made."""

from contextlib import suppress
from datetime import timedelta

import pytest

from gorder.bootstrap.payment_link import payable
from gorder.order.checkout import keep_trying
from gorder.order.status import Status
from gorder.payment.model import CheckoutPage, PageOptions, PageReport, PageState, Payable
from gorder.payment.ports import CheckoutAttemptSpentError, PaymentGatewayUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, TIME_TO_PAY, pending
from tests.unit.payment.payment_link_scenario import PaymentLinkScenario


def test_a_late_message_plans_another_attempt() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(minutes=2)

    scenario.order_created()

    assert list(scenario.gateway.pages) == [f"order:{ORDER_ID}:checkout:2"]
    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.expires_at == scenario.clock() + timedelta(minutes=31)


def test_a_kept_error_of_stripe_plans_one_attempt_with_the_same_expiry() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(seconds=30)
    scenario.gateway.kept_errors.add(f"order:{ORDER_ID}:checkout:1")

    scenario.order_created()

    assert list(scenario.gateway.pages) == [f"order:{ORDER_ID}:checkout:2"]
    assert scenario.order.checkout.expires_at == pending().checkout.expires_at


def test_an_unavailable_stripe_costs_no_attempt() -> None:
    scenario = PaymentLinkScenario(pending())
    for nth in range(1, 4):
        scenario.gateway.faults.on("gateway.create_page", nth=nth)

    for _ in range(3):
        with pytest.raises(PaymentGatewayUnavailableError):
            scenario.order_created()

    assert scenario.order == pending()


def test_a_parameter_changed_by_a_deployment_costs_one_attempt() -> None:
    """The process of the earlier release ended before it saved the page."""
    scenario = PaymentLinkScenario(pending())
    scenario.gateway.create_page(payable(pending()), PageOptions("https://shop.example/before"))

    scenario.order_created()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.attempt == 2
    assert scenario.order.checkout.session_id == "cs_2"


def test_the_page_of_a_replaced_attempt_is_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has planned the next attempt while this one made its page."""
    scenario = PaymentLinkScenario(pending())
    make = scenario.gateway.create_page

    def overtaken(payable: Payable, options: PageOptions) -> CheckoutPage:
        page = make(payable, options)
        if payable.attempt == 1:
            scenario.orders.stored[ORDER_ID] = keep_trying(scenario.order, 1)
        return page

    monkeypatch.setattr(scenario.gateway, "create_page", overtaken)
    scenario.order_created()
    scenario.order_created()

    assert scenario.order.checkout.session_id == "cs_2"
    assert scenario.gateway.ended == {"cs_1": PageReport(PageState.EXPIRED)}


@pytest.mark.parametrize("minutes", [2, 15])
def test_an_outage_prolongs_the_order_by_its_length(minutes: int) -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(minutes=minutes)

    scenario.order_created()

    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.expires_at == NOON + timedelta(minutes=31 + minutes)


def test_an_order_whose_page_comes_too_late_expires() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(minutes=15, seconds=1)

    scenario.order_created()

    assert (scenario.order.status, scenario.order.reason) == (Status.EXPIRED, "no_page")
    assert scenario.order.outbox == ()
    assert scenario.bus.types == ["order.expired"]
    assert scenario.stock.held == {}
    assert scenario.gateway.pages == {}


def test_retries_never_prolong_an_order_beyond_its_maximum() -> None:
    """Each attempt has an error that Stripe keeps, so each message plans the next attempt."""
    scenario = PaymentLinkScenario(pending())
    scenario.gateway.kept_errors = {f"order:{ORDER_ID}:checkout:{n}" for n in range(1, 100)}
    latest = NOON

    for _ in range(40):
        with suppress(CheckoutAttemptSpentError):
            scenario.order_created()
        latest = max(latest, scenario.order.checkout.expires_at)
        scenario.clock.advance(minutes=1)

    assert latest <= NOON + TIME_TO_PAY + timedelta(minutes=15)
