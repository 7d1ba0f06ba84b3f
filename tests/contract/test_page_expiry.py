"""Contract of a page's end and payment, for the fake and for the adapter on the stand-in."""

from typing import Protocol

import pytest
from stripe import StripeClient

from devstack.state import free_port
from gorder.clients.stripe import stripe_client
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import (
    CheckoutPage,
    PagePayment,
    PageReport,
    PageState,
    Payable,
)
from gorder.payment.ports import (
    PaymentGateway,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from gorder.runtime.clock import utc_now
from tests.contract.payables import new_payable
from tests.contract.standin_client import StandinClient
from tests.fakes.clock import StandingClock
from tests.fakes.examples import PAGE_OPTIONS, STACK
from tests.fakes.gateway import MemoryGateway

EXPIRED = PageReport(PageState.EXPIRED)


class PageSetup(Protocol):
    """A gateway, and the actions of a customer on its payment pages."""

    soup: str

    @property
    def gateway(self) -> PaymentGateway: ...

    def pay(self, session_id: str) -> None: ...

    def begin_to_pay(self, session_id: str) -> None: ...

    def fail_to_pay(self, session_id: str) -> None: ...

    def fail_next_call(self) -> None: ...

    def fail_next_read(self) -> None: ...


class MemoryPages:
    """The fake."""

    soup = "price_700"

    def __init__(self) -> None:
        self.gateway = MemoryGateway(StandingClock(utc_now()), {self.soup: 700})

    def pay(self, session_id: str) -> None:
        self.gateway.pay(session_id)

    def begin_to_pay(self, session_id: str) -> None:
        self.gateway.begin_to_pay(session_id)

    def fail_to_pay(self, session_id: str) -> None:
        self.gateway.fail_to_pay(session_id)

    def fail_next_call(self) -> None:
        self.gateway.faults.on("gateway.expire_page")

    def fail_next_read(self) -> None:
        self.gateway.faults.on("gateway.page")


class StandinPages:
    """The Stripe adapters on the stand-in."""

    def __init__(self, standin: StandinClient) -> None:
        client = stripe_client("sk_test_x", standin.url)
        self.soup = standin.price(700)
        self.gateway = StripeGateway(client, STACK)
        self._control = standin.control

    def pay(self, session_id: str) -> None:
        self._control(f"sessions/{session_id}/pay", {"outcome": "paid"})

    def begin_to_pay(self, session_id: str) -> None:
        self._control(f"sessions/{session_id}/pay", {"outcome": "later"})

    def fail_to_pay(self, session_id: str) -> None:
        self.begin_to_pay(session_id)
        self._control(f"sessions/{session_id}/settle", {"succeeded": False})

    def fail_next_call(self) -> None:
        self._fail("POST", "/v1/checkout/sessions/[^/]+/expire$")

    def fail_next_read(self) -> None:
        self._fail("GET", "/v1/checkout/sessions/[^/]+$")

    def _fail(self, method: str, path: str) -> None:
        """Let a call fail that is sent twice."""
        self._control("faults", {"method": method, "path": path, "status": 500, "times": 2})


@pytest.fixture(params=["memory", pytest.param("standin", marks=pytest.mark.servers)])
def pages(request: pytest.FixtureRequest) -> PageSetup:
    if request.param == "memory":
        return MemoryPages()
    return StandinPages(request.getfixturevalue("module_standin"))


@pytest.fixture
def payable(pages: PageSetup) -> Payable:
    """A payable with two units of soup."""
    return new_payable({pages.soup: 2}, 1400)


@pytest.fixture
def page(pages: PageSetup, payable: Payable) -> CheckoutPage:
    return pages.gateway.create_page(payable, PAGE_OPTIONS)


def test_expiring_a_page_twice_has_the_same_result(pages: PageSetup, page: CheckoutPage) -> None:
    assert pages.gateway.expire_page(page.session_id) == EXPIRED
    assert pages.gateway.expire_page(page.session_id) == EXPIRED


def test_a_paid_page_returns_its_payment(
    pages: PageSetup, payable: Payable, page: CheckoutPage
) -> None:
    pages.pay(page.session_id)

    end = pages.gateway.expire_page(page.session_id)

    assert end.state is PageState.PAID
    assert end.payment is not None
    assert end.payment.payment_intent_id is not None
    assert end.payment.payment_intent_id.startswith("pi_")
    assert end.payment == PagePayment(
        order_id=payable.order_id,
        trace_id="trace-1",
        session_id=page.session_id,
        payment_intent_id=end.payment.payment_intent_id,
        amount=1400,
        currency="eur",
        is_marked=True,
    )


def test_a_page_with_a_payment_in_progress_is_processing(
    pages: PageSetup, page: CheckoutPage
) -> None:
    pages.begin_to_pay(page.session_id)

    assert pages.gateway.expire_page(page.session_id) == PageReport(PageState.PROCESSING)


def test_a_page_with_a_failed_payment_expires(pages: PageSetup, page: CheckoutPage) -> None:
    pages.fail_to_pay(page.session_id)

    assert pages.gateway.expire_page(page.session_id) == EXPIRED


def test_a_failed_call_raises_unavailable_and_can_be_retried(
    pages: PageSetup, page: CheckoutPage
) -> None:
    pages.fail_next_call()

    with pytest.raises(PaymentGatewayUnavailableError):
        pages.gateway.expire_page(page.session_id)

    assert pages.gateway.expire_page(page.session_id) == EXPIRED


def test_an_unknown_page_cannot_be_paid(pages: PageSetup) -> None:
    assert pages.gateway.expire_page("cs_unknown") == PageReport(PageState.EXPIRED)


def test_the_payment_of_a_paid_page_is_what_its_end_has(
    pages: PageSetup, page: CheckoutPage
) -> None:
    pages.pay(page.session_id)

    payment = pages.gateway.page(page.session_id).payment

    assert payment is not None
    assert payment == pages.gateway.expire_page(page.session_id).payment


def test_a_page_that_is_not_paid_has_no_payment(pages: PageSetup, page: CheckoutPage) -> None:
    assert pages.gateway.page(page.session_id).payment is None

    pages.begin_to_pay(page.session_id)
    assert pages.gateway.page(page.session_id).payment is None


def test_an_expired_page_has_no_payment(pages: PageSetup, page: CheckoutPage) -> None:
    pages.gateway.expire_page(page.session_id)

    assert pages.gateway.page(page.session_id).payment is None


def test_a_failed_payment_is_none(pages: PageSetup, page: CheckoutPage) -> None:
    pages.fail_to_pay(page.session_id)

    assert pages.gateway.page(page.session_id).payment is None


def test_a_failed_read_raises_unavailable_and_can_be_retried(
    pages: PageSetup, page: CheckoutPage
) -> None:
    pages.fail_next_read()

    with pytest.raises(PaymentGatewayUnavailableError):
        pages.gateway.page(page.session_id)

    assert pages.gateway.page(page.session_id).payment is None


@pytest.mark.parametrize(
    "session_id",
    ["cs_unknown", "", ".", "../products", "cs_1/line_items", "cs_1?expand[]=a", "ü\n", "c" * 4000],
)
def test_a_page_that_stripe_does_not_know_has_no_payment_to_read(
    pages: PageSetup, session_id: str
) -> None:
    with pytest.raises(PaymentGatewayRefusedError):
        pages.gateway.page(session_id)


def test_an_unreachable_stripe_raises_unavailable() -> None:
    closed_port = f"http://127.0.0.1:{free_port(set())}"
    client = StripeClient("sk_test_x", base_addresses={"api": closed_port}, max_network_retries=0)

    with pytest.raises(PaymentGatewayUnavailableError):
        StripeGateway(client, STACK).expire_page("cs_1")
