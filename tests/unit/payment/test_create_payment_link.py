"""The hosted page of an order, by the payment service and the order service together."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.bootstrap.payment_link import OrderPayables
from gorder.order.commands.await_payment import AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckoutHandler
from gorder.order.model import Order, OutboxEvent, Status
from gorder.order.ports import OrderMissingError, OrderStoreUnavailableError
from gorder.payment.commands.create_payment_link import (
    CreatePaymentLink,
    CreatePaymentLinkHandler,
)
from gorder.payment.model import CheckoutDiffersError, CheckoutPage, Payable
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import (
    CREATED,
    ORDER_ID,
    RETURN_URL,
    TIME_TO_PAY,
    cooked,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Faults, Mishap
from tests.fakes.gateway import MemoryGateway
from tests.fakes.orders import MemoryOrders
from tests.fakes.telemetry import MemoryTelemetry

PRICES = {"price_700": 700, "price_250": 250}
CREATED_MESSAGE = CreatePaymentLink(ORDER_ID, CREATED.event_id)


class Shop:
    """One stored order, and Stripe with the prices given."""

    def __init__(self, order: Order, prices: dict[str, int] | None = None) -> None:
        self.faults = Faults()
        self.clock = StandingClock()
        self.telemetry = MemoryTelemetry()
        self.orders = MemoryOrders(order, faults=self.faults)
        self.gateway = MemoryGateway(self.clock, prices or PRICES, self.faults)
        payables = OrderPayables(
            BeginCheckoutHandler(self.orders, self.clock, TIME_TO_PAY, self.telemetry),
            AwaitPaymentHandler(self.orders, self.clock, self.telemetry),
        )
        self._handle = CreatePaymentLinkHandler(payables, self.gateway, RETURN_URL)

    def order_created(self) -> None:
        self._handle(CREATED_MESSAGE)

    @property
    def order(self) -> Order:
        return self.orders.stored[ORDER_ID]


def test_the_page_is_made_and_saved() -> None:
    shop = Shop(pending())

    shop.order_created()

    assert list(shop.gateway.pages) == [f"order:{ORDER_ID}:checkout:1"]
    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.order.checkout.url == "https://pay.example/cs_1"
    assert shop.order.outbox == ()


def test_the_message_twice_makes_one_page() -> None:
    shop = Shop(pending())
    shop.order_created()
    first = shop.order

    shop.order_created()

    assert shop.order == first
    assert len(shop.gateway.pages) == 1


@pytest.mark.parametrize("order", [waiting(), paid(), cooked()], ids=["waiting", "paid", "cooked"])
def test_an_order_that_is_further_needs_no_page(order: Order) -> None:
    shop = Shop(order)

    shop.order_created()

    assert shop.gateway.pages == {}
    assert shop.order == order


def test_a_message_that_comes_too_late_for_its_window_plans_another() -> None:
    shop = Shop(pending())
    shop.clock.advance(minutes=2)

    shop.order_created()

    assert list(shop.gateway.pages) == [f"order:{ORDER_ID}:checkout:2"]
    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.order.checkout.expires_at == shop.clock() + TIME_TO_PAY


def test_the_page_of_an_order_that_was_closed_meanwhile_is_closed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Shop(pending())
    cancelled = OutboxEvent("cancelled", "order.cancelled", shop.clock())
    make = shop.gateway.create_page

    def overtaken(payable: Payable, return_url: str) -> CheckoutPage:
        page = make(payable, return_url)
        shop.orders.stored[ORDER_ID] = shop.order.cancel(cancelled)
        return page

    monkeypatch.setattr(shop.gateway, "create_page", overtaken)
    shop.order_created()

    assert shop.order.status is Status.CANCELLED
    assert shop.order.checkout.url is None
    assert shop.order.outbox == (cancelled,)
    assert shop.gateway.pay("cs_1") is None


def test_a_closed_order_gets_no_page() -> None:
    cancelled = OutboxEvent("cancelled", "order.cancelled", NOON)
    shop = Shop(pending().cancel(cancelled))

    shop.order_created()

    assert shop.gateway.pages == {}


def test_a_window_stripe_never_takes_is_tried_again_later() -> None:
    shop = Shop(pending())
    too_short = BeginCheckoutHandler(shop.orders, shop.clock, timedelta(minutes=5), shop.telemetry)
    payables = OrderPayables(
        too_short, AwaitPaymentHandler(shop.orders, shop.clock, shop.telemetry)
    )
    shop.clock.advance(minutes=2)

    with pytest.raises(CheckoutAttemptSpentError):
        CreatePaymentLinkHandler(payables, shop.gateway, RETURN_URL)(CREATED_MESSAGE)

    assert shop.order.status is Status.PENDING


@pytest.mark.parametrize("soup", [699, 701])
def test_a_page_that_asks_another_amount_is_shown_to_nobody(soup: int) -> None:
    shop = Shop(pending(), {"price_700": soup, "price_250": 250})

    with pytest.raises(CheckoutDiffersError, match="1650"):
        shop.order_created()

    assert shop.order == pending()


def test_a_page_stripe_refuses_leaves_the_order_as_it_is() -> None:
    shop = Shop(pending(), {"price_250": 250})

    with pytest.raises(PaymentGatewayRefusedError, match="price_700"):
        shop.order_created()

    assert shop.order == pending()


def test_a_page_stripe_refused_is_asked_for_anew_when_the_message_comes_again() -> None:
    shop = Shop(pending(), prices := {"price_250": 250})
    with pytest.raises(PaymentGatewayRefusedError):
        shop.order_created()
    prices["price_700"] = 700

    shop.order_created()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.order.checkout.attempt == 2


def test_an_order_nobody_saved_is_an_error() -> None:
    shop = Shop(pending())
    shop.orders.stored.clear()

    with pytest.raises(OrderMissingError):
        shop.order_created()


def _calls(minutes_late: int) -> list[str]:
    shop = Shop(pending())
    shop.clock.advance(minutes=minutes_late)
    shop.order_created()
    return shop.faults.calls


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("minutes_late", "call"),
    [
        pytest.param(minutes, number, id=f"{minutes} minutes late-{number}-{call}")
        for minutes in (0, 2)
        for number, call in enumerate(_calls(minutes))
    ],
)
def test_dying_anywhere_and_trying_again_makes_one_page(
    minutes_late: int, call: int, mishap: Mishap
) -> None:
    undisturbed, shop = Shop(pending()), Shop(pending())
    for each in (undisturbed, shop):
        each.clock.advance(minutes=minutes_late)
    undisturbed.order_created()
    shop.faults.at(call, mishap)

    with pytest.raises((Died, OrderStoreUnavailableError, PaymentGatewayUnavailableError)):
        shop.order_created()
    shop.clock.advance(seconds=1)
    shop.order_created()

    assert len(shop.gateway.pages) == 1
    assert shop.order.checkout.url == undisturbed.order.checkout.url
    assert _timeless(shop.order) == _timeless(undisturbed.order)


def _timeless(order: Order) -> Order:
    """An order without the times that a second try makes later."""
    return replace(
        order, history=(), checkout=replace(order.checkout, expires_at=CREATED.occurred_at)
    )
