"""The payment page of an order, made by the payment service and the order service together."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gorder.bootstrap.payment_link import OrderPayables, payable
from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.changes import Checkout, OutboxEvent
from gorder.order.checkout import keep_trying
from gorder.order.commands.await_payment import AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckoutHandler
from gorder.order.commands.refuse_checkout import RefuseCheckoutHandler
from gorder.order.model import Order
from gorder.order.ports import (
    OrderMissingError,
    OrderStoreUnavailableError,
    StockUnavailableError,
)
from gorder.order.status import Status
from gorder.payment.commands.create_payment_link import (
    CreatePaymentLink,
    CreatePaymentLinkHandler,
)
from gorder.payment.model import (
    CheckoutDiffersError,
    CheckoutPage,
    CheckoutRefusedError,
    PageOptions,
    PageReport,
    PageState,
    Payable,
    check_page,
)
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import (
    CREATED,
    ORDER_ID,
    PAGE_OPTIONS,
    PAGE_URL,
    TIME_TO_PAY,
    TRACE_ID,
    cooked,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Faults, Mishap
from tests.fakes.gateway import MemoryGateway
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry

PRICES = {"price_700": 700, "price_250": 250}
RETRIED = (
    CheckoutRefusedError,
    EventBusUnavailableError,
    OrderStoreUnavailableError,
    PaymentGatewayUnavailableError,
    StockUnavailableError,
)
CREATED_MESSAGE = CreatePaymentLink(ORDER_ID, CREATED.event_id)


class PaymentLinkScenario:
    """One stored order, and a gateway with the given prices."""

    def __init__(self, order: Order, prices: dict[str, int] | None = None) -> None:
        self.faults = Faults()
        self.clock = StandingClock()
        self.telemetry = MemoryTelemetry()
        self.orders = MemoryOrders(order, faults=self.faults)
        self.gateway = MemoryGateway(self.clock, prices or PRICES, self.faults)
        self.bus = MemoryBus(faults=self.faults)
        self.stock = MemoryStock(self.faults)
        self.stock.reserve(ORDER_ID, order.quantities, order.checkout.expires_at, TRACE_ID)
        self.faults.calls.clear()
        ids = count(1)
        self.payables = OrderPayables(
            BeginCheckoutHandler(
                self.orders,
                self.stock,
                self.bus,
                self.clock,
                lambda: f"expired-{next(ids)}",
                TIME_TO_PAY,
                self.telemetry,
            ),
            RefuseCheckoutHandler(
                self.orders,
                self.stock,
                self.bus,
                self.clock,
                lambda: f"cancelled-{next(ids)}",
                self.telemetry,
            ),
            AwaitPaymentHandler(self.orders, self.clock, self.telemetry),
        )

    def order_created(self, options: PageOptions = PAGE_OPTIONS) -> None:
        CreatePaymentLinkHandler(self.payables, self.gateway, options)(CREATED_MESSAGE)

    @property
    def order(self) -> Order:
        return self.orders.stored[ORDER_ID]


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


def test_a_late_message_plans_another_attempt() -> None:
    scenario = PaymentLinkScenario(pending())
    scenario.clock.advance(minutes=2)

    scenario.order_created()

    assert list(scenario.gateway.pages) == [f"order:{ORDER_ID}:checkout:2"]
    assert scenario.order.status is Status.WAITING_FOR_PAYMENT
    assert scenario.order.checkout.expires_at == scenario.clock() + timedelta(minutes=31)


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


CANCELLED = pending().cancel(OutboxEvent("cancelled", "order.cancelled", NOON))


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


def test_units_that_could_not_be_freed_are_freed_by_the_retry() -> None:
    scenario = PaymentLinkScenario(pending(), {"price_250": 250})
    with pytest.raises(CheckoutRefusedError):
        scenario.order_created()
    scenario.faults.on("stock.release")

    with pytest.raises(StockUnavailableError):
        scenario.order_created()
    scenario.order_created()

    assert_not_payable(scenario)


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
