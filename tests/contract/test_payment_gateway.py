"""Contract of PaymentGateway, for the fake and for the Stripe adapter.

The adapter runs on the stand-in, and on Stripe itself with `make test-stripe`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from stripe import StripeClient

from devstack.state import free_port
from gorder.clients.stripe import stripe_client
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import CheckoutRefusedError, PageOptions, Payable, PayableLine
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    CheckoutExpiryTooNearError,
    PaymentGateway,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from gorder.runtime.clock import utc_now
from tests.contract.payables import new_payable
from tests.contract.standin_client import StandinClient
from tests.contract.stripe_accounts import RealAccount, real_account
from tests.fakes.clock import StandingClock
from tests.fakes.examples import PAGE_OPTIONS, STACK
from tests.fakes.gateway import MemoryGateway


@dataclass
class GatewaySetup:
    """A gateway, the ids of two prices (7.00 and 2.50 euro), and a way to fail its next call."""

    gateway: PaymentGateway
    soup: str
    bread: str
    fail_next_call: Callable[[], None]

    def payable(self) -> Payable:
        """Return a payable for a new order of two soups and one bread."""
        return new_payable({self.soup: 2, self.bread: 1}, 1650)


@pytest.fixture(scope="module")
def account() -> Iterator[RealAccount]:
    with real_account() as real:
        yield real


@pytest.fixture(
    params=[
        "memory",
        pytest.param("stripe", marks=pytest.mark.servers),
        pytest.param("real", marks=[pytest.mark.servers, pytest.mark.real_stripe]),
    ]
)
def setup(request: pytest.FixtureRequest) -> GatewaySetup:
    if request.param == "memory":
        memory = MemoryGateway(StandingClock(utc_now()), {"price_700": 700, "price_250": 250})
        fail = memory.faults.on
        return GatewaySetup(memory, "price_700", "price_250", lambda: fail("gateway.create_page"))
    if request.param == "real":
        real: RealAccount = request.getfixturevalue("account")
        gateway = StripeGateway(real.client, STACK)
        return GatewaySetup(gateway, real.price(700), real.price(250), real.fail_next_call)
    standin: StandinClient = request.getfixturevalue("module_standin")
    gateway = StripeGateway(stripe_client("sk_test_x", standin.url), STACK)

    def fail_next_call() -> None:
        fault = {"method": "POST", "path": "/v1/checkout/sessions$", "status": 500, "times": 3}
        standin.control("faults", fault)

    return GatewaySetup(gateway, standin.price(700), standin.price(250), fail_next_call)


def test_a_page_has_the_total_of_the_catalogue_prices(setup: GatewaySetup) -> None:
    page = setup.gateway.create_page(setup.payable(), PAGE_OPTIONS)

    assert (page.amount_total, page.currency) == (1650, "eur")
    assert page.session_id.startswith("cs_")
    assert page.url.startswith("http")


def test_creating_a_page_again_returns_the_same_page(setup: GatewaySetup) -> None:
    payable = setup.payable()

    assert setup.gateway.create_page(payable, PAGE_OPTIONS) == setup.gateway.create_page(
        payable, PAGE_OPTIONS
    )


def test_another_attempt_and_another_order_get_new_pages(setup: GatewaySetup) -> None:
    payable = setup.payable()
    payables = [payable, replace(payable, attempt=2), setup.payable()]

    pages = [setup.gateway.create_page(each, PAGE_OPTIONS) for each in payables]

    assert len({page.session_id for page in pages}) == 3


def test_an_attempt_cannot_be_reused_for_other_lines(setup: GatewaySetup) -> None:
    payable = setup.payable()
    setup.gateway.create_page(payable, PAGE_OPTIONS)

    with pytest.raises(CheckoutAttemptSpentError):
        setup.gateway.create_page(replace(payable, lines=payable.lines[:1]), PAGE_OPTIONS)


@pytest.mark.parametrize(
    "earlier",
    [
        PageOptions("https://shop.example/before"),
        replace(PAGE_OPTIONS, promotion_codes=True),
        replace(PAGE_OPTIONS, invoices=True),
    ],
    ids=["return url", "promotion codes", "invoices"],
)
def test_an_attempt_whose_options_were_changed_is_spent_and_the_next_gets_a_page(
    setup: GatewaySetup, earlier: PageOptions
) -> None:
    payable = setup.payable()
    before = setup.gateway.create_page(payable, earlier)

    with pytest.raises(CheckoutAttemptSpentError) as spent:
        setup.gateway.create_page(payable, PAGE_OPTIONS)
    after = setup.gateway.create_page(replace(payable, attempt=2), PAGE_OPTIONS)

    assert not isinstance(spent.value, CheckoutExpiryTooNearError)
    assert after.session_id != before.session_id


def test_an_expiry_that_is_too_soon_raises_too_near(setup: GatewaySetup) -> None:
    soon = utc_now() + timedelta(minutes=29)

    with pytest.raises(CheckoutExpiryTooNearError):
        setup.gateway.create_page(replace(setup.payable(), expires_at=soon), PAGE_OPTIONS)


def test_the_next_attempt_gets_a_page_after_an_expiry_that_was_too_soon(
    setup: GatewaySetup,
) -> None:
    payable = setup.payable()
    soon = utc_now() + timedelta(minutes=29)
    with pytest.raises(CheckoutAttemptSpentError):
        setup.gateway.create_page(replace(payable, expires_at=soon), PAGE_OPTIONS)

    assert setup.gateway.create_page(replace(payable, attempt=2), PAGE_OPTIONS).amount_total == 1650


def test_an_unknown_price_is_refused(setup: GatewaySetup) -> None:
    lines = (PayableLine("price_unknown", 1),)

    with pytest.raises(CheckoutRefusedError, match="price_unknown") as refused:
        setup.gateway.create_page(replace(setup.payable(), lines=lines), PAGE_OPTIONS)

    assert refused.value.refusal == "resource_missing:line_items[0][price]"


def test_a_refusal_is_final_for_its_attempt_only(setup: GatewaySetup) -> None:
    """Its repetition, which Stripe may have kept, and the next attempt's are alike."""
    refused = replace(setup.payable(), lines=(PayableLine("price_unknown", 1),))
    found: list[str] = []
    for attempt in (1, 1, 2):
        with pytest.raises(CheckoutRefusedError) as error:
            setup.gateway.create_page(replace(refused, attempt=attempt), PAGE_OPTIONS)
        found.append(error.value.refusal)

    corrected = replace(refused, attempt=3, lines=setup.payable().lines)
    assert setup.gateway.create_page(corrected, PAGE_OPTIONS).amount_total == 1650
    assert len(set(found)) == 1


@pytest.mark.servers
def test_an_archived_price_is_refused(module_standin: StandinClient) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", module_standin.url), STACK)
    soup, bread = module_standin.price(700), module_standin.price(250)
    payable = GatewaySetup(gateway, soup, bread, lambda: None).payable()
    module_standin.stripe.prices.update(bread, {"active": False})

    for attempt in (1, 1, 2):
        with pytest.raises(CheckoutRefusedError) as refused:
            gateway.create_page(replace(payable, attempt=attempt), PAGE_OPTIONS)
        assert refused.value.refusal == "invalid_request:line_items[1][price]"
        assert str(refused.value) == (
            f"order {payable.order_id}, {bread}: The price specified is inactive. This field only "
            "accepts active prices."
        )


@pytest.mark.servers
def test_a_wrong_key_is_a_defect_and_no_refusal_of_the_order(
    module_standin: StandinClient,
) -> None:
    gateway = StripeGateway(stripe_client("sk_live_wrong", module_standin.url), STACK)
    soup, bread = module_standin.price(700), module_standin.price(250)

    with pytest.raises(PaymentGatewayRefusedError, match="Invalid API Key"):
        gateway.create_page(
            GatewaySetup(gateway, soup, bread, lambda: None).payable(), PAGE_OPTIONS
        )


@pytest.mark.servers
def test_an_internal_error_of_stripe_is_replayed_and_uses_up_the_attempt(
    module_standin: StandinClient,
) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", module_standin.url), STACK)
    payable = GatewaySetup(
        gateway, module_standin.price(700), module_standin.price(250), lambda: None
    ).payable()
    fault = {"path": "/v1/checkout/sessions$", "status": 500, "stored": True}
    module_standin.control("faults", fault)

    with pytest.raises((CheckoutAttemptSpentError, PaymentGatewayUnavailableError)):
        gateway.create_page(payable, PAGE_OPTIONS)
    with pytest.raises(CheckoutAttemptSpentError):
        gateway.create_page(payable, PAGE_OPTIONS)

    assert gateway.create_page(replace(payable, attempt=2), PAGE_OPTIONS).amount_total == 1650


def test_a_failed_call_raises_unavailable_and_can_be_retried(setup: GatewaySetup) -> None:
    payable = setup.payable()
    setup.fail_next_call()

    with pytest.raises(PaymentGatewayUnavailableError):
        setup.gateway.create_page(payable, PAGE_OPTIONS)

    assert setup.gateway.create_page(payable, PAGE_OPTIONS).amount_total == 1650


def test_an_unreachable_stripe_raises_unavailable() -> None:
    closed_port = f"http://127.0.0.1:{free_port(set())}"
    client = StripeClient("sk_test_x", base_addresses={"api": closed_port}, max_network_retries=0)
    gateway = StripeGateway(client, STACK)
    payable = Payable("o", "t", (PayableLine("p", 1),), 1, "eur", 1, utc_now(), True)

    with pytest.raises(PaymentGatewayUnavailableError):
        gateway.create_page(payable, PAGE_OPTIONS)


def test_the_session_has_the_ids_of_its_order(module_standin: StandinClient) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", module_standin.url), STACK)
    setup = GatewaySetup(
        gateway, module_standin.price(700), module_standin.price(250), lambda: None
    )
    payable = setup.payable()

    page = gateway.create_page(payable, PAGE_OPTIONS)

    session = module_standin.stripe.checkout.sessions.retrieve(page.session_id)
    assert session.client_reference_id == payable.order_id
    assert session.metadata is not None
    assert session.metadata["order_id"] == payable.order_id
    assert session.metadata["trace_id"] == "trace-1"
    assert session.expires_at == int(payable.expires_at.timestamp())
    assert session.success_url == PAGE_OPTIONS.return_url
    assert session.cancel_url is None


@pytest.mark.servers
def test_the_session_leads_back_to_its_order(module_standin: StandinClient) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", module_standin.url), STACK)
    payable = new_payable({module_standin.price(700): 1}, 700)
    options = PageOptions("https://shop.example/order/{order_id}")

    page = gateway.create_page(payable, options)

    session = module_standin.stripe.checkout.sessions.retrieve(page.session_id)
    own = f"https://shop.example/order/{payable.order_id}"
    assert (session.success_url, session.cancel_url) == (f"{own}?paid", own)
    assert gateway.create_page(payable, options) == page
