"""What every payment gateway must do, asked of the one in memory, of the stand-in, of Stripe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from stripe import StripeClient

from devstack.state import free_port
from gorder.clients.stripe import stripe_client
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import Payable, PayableLine
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGateway,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from gorder.runtime.clock import utc_now
from tests.contract.real_account import RealAccount, real_account
from tests.contract.stripe_parts import Standin, running_standin
from tests.fakes.clock import StandingClock
from tests.fakes.faults import Mishap
from tests.fakes.gateway import MemoryGateway

RETURN_URL = "https://shop.example/thanks"


@dataclass
class Stripe:
    """A gateway, two prices it knows (7.00 and 2.50 euro), and a way to break it."""

    gateway: PaymentGateway
    soup: str
    bread: str
    break_down: Callable[[], None]

    def payable(self) -> Payable:
        """Two soups and a bread of a new order."""
        return Payable(
            order_id=uuid4().hex,
            trace_id="trace-1",
            lines=(PayableLine(self.soup, 2), PayableLine(self.bread, 1)),
            amount_total=1650,
            currency="eur",
            attempt=1,
            expires_at=utc_now() + timedelta(minutes=31),
            awaits_checkout=True,
        )


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running_standin(Path(tmp_path_factory.mktemp("stripe")) / "stripe.db") as running:
        yield running


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
def stripe(request: pytest.FixtureRequest) -> Stripe:
    if request.param == "memory":
        memory = MemoryGateway(StandingClock(utc_now()), {"price_700": 700, "price_250": 250})
        fail = memory.faults.next
        return Stripe(memory, "price_700", "price_250", lambda: fail(Mishap.FAILS))
    if request.param == "real":
        real: RealAccount = request.getfixturevalue("account")
        gateway = StripeGateway(real.client, RETURN_URL)
        return Stripe(gateway, real.price(700), real.price(250), real.break_down)
    standin: Standin = request.getfixturevalue("standin")
    gateway = StripeGateway(stripe_client("sk_test_x", standin.url), RETURN_URL)

    def break_down() -> None:
        fault = {"method": "POST", "path": "/v1/checkout/sessions$", "status": 500, "times": 3}
        standin.control("faults", fault)

    return Stripe(gateway, standin.price(700), standin.price(250), break_down)


def test_a_page_asks_what_the_catalogue_says(stripe: Stripe) -> None:
    page = stripe.gateway.create_page(stripe.payable())

    assert (page.amount_total, page.currency) == (1650, "eur")
    assert page.session_id.startswith("cs_")
    assert page.url.startswith("http")


def test_asking_again_finds_the_same_page(stripe: Stripe) -> None:
    payable = stripe.payable()

    assert stripe.gateway.create_page(payable) == stripe.gateway.create_page(payable)


def test_another_attempt_and_another_order_have_pages_of_their_own(stripe: Stripe) -> None:
    payable = stripe.payable()
    asked = [payable, replace(payable, attempt=2), stripe.payable()]

    pages = [stripe.gateway.create_page(each) for each in asked]

    assert len({page.session_id for page in pages}) == 3


def test_one_attempt_is_one_page_and_not_two_kinds_of_it(stripe: Stripe) -> None:
    payable = stripe.payable()
    stripe.gateway.create_page(payable)

    with pytest.raises(PaymentGatewayRefusedError):
        stripe.gateway.create_page(replace(payable, lines=payable.lines[:1]))


def test_a_window_that_is_too_short_is_told_from_other_faults(stripe: Stripe) -> None:
    soon = utc_now() + timedelta(minutes=29)

    with pytest.raises(CheckoutAttemptSpentError):
        stripe.gateway.create_page(replace(stripe.payable(), expires_at=soon))


def test_after_a_window_has_passed_the_next_attempt_gets_its_page(stripe: Stripe) -> None:
    payable = stripe.payable()
    soon = utc_now() + timedelta(minutes=29)
    with pytest.raises(CheckoutAttemptSpentError):
        stripe.gateway.create_page(replace(payable, expires_at=soon))

    assert stripe.gateway.create_page(replace(payable, attempt=2)).amount_total == 1650


def test_a_price_nobody_knows_is_refused(stripe: Stripe) -> None:
    lines = (PayableLine("price_unknown", 1),)

    with pytest.raises(PaymentGatewayRefusedError, match="price_unknown"):
        stripe.gateway.create_page(replace(stripe.payable(), lines=lines))


def test_a_refusal_stays_and_the_next_attempt_is_a_new_question(stripe: Stripe) -> None:
    refused = replace(stripe.payable(), lines=(PayableLine("price_unknown", 1),))
    with pytest.raises(PaymentGatewayRefusedError):
        stripe.gateway.create_page(refused)

    # Which refusals Stripe keeps depends on how far it got.
    with pytest.raises((CheckoutAttemptSpentError, PaymentGatewayRefusedError)):
        stripe.gateway.create_page(refused)

    mended = replace(refused, attempt=2, lines=stripe.payable().lines)
    assert stripe.gateway.create_page(mended).amount_total == 1650


@pytest.mark.servers
def test_a_failure_of_stripes_own_is_kept_and_costs_an_attempt(standin: Standin) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", standin.url), RETURN_URL)
    payable = Stripe(gateway, standin.price(700), standin.price(250), lambda: None).payable()
    fault = {"path": "/v1/checkout/sessions$", "status": 500, "stored": True}
    standin.control("faults", fault)

    with pytest.raises((CheckoutAttemptSpentError, PaymentGatewayUnavailableError)):
        gateway.create_page(payable)
    with pytest.raises(CheckoutAttemptSpentError):
        gateway.create_page(payable)

    assert gateway.create_page(replace(payable, attempt=2)).amount_total == 1650


def test_no_answer_is_worth_another_try_which_finds_one_page(stripe: Stripe) -> None:
    payable = stripe.payable()
    stripe.break_down()

    with pytest.raises(PaymentGatewayUnavailableError):
        stripe.gateway.create_page(payable)

    assert stripe.gateway.create_page(payable).amount_total == 1650


def test_nobody_there_is_worth_another_try() -> None:
    nobody = f"http://127.0.0.1:{free_port(set())}"
    client = StripeClient("sk_test_x", base_addresses={"api": nobody}, max_network_retries=0)
    gateway = StripeGateway(client, RETURN_URL)
    payable = Payable("o", "t", (PayableLine("p", 1),), 1, "eur", 1, utc_now(), True)

    with pytest.raises(PaymentGatewayUnavailableError):
        gateway.create_page(payable)


def test_the_session_knows_its_order(standin: Standin) -> None:
    gateway = StripeGateway(stripe_client("sk_test_x", standin.url), RETURN_URL)
    shop = Stripe(gateway, standin.price(700), standin.price(250), lambda: None)
    payable = shop.payable()

    page = gateway.create_page(payable)

    session = standin.stripe.checkout.sessions.retrieve(page.session_id)
    assert session.client_reference_id == payable.order_id
    assert session.metadata is not None
    assert session.metadata["order_id"] == payable.order_id
    assert session.metadata["trace_id"] == "trace-1"
    assert session.expires_at == int(payable.expires_at.timestamp())
    assert session.success_url == RETURN_URL
