"""Contract of a payment's refunds and dispute, for the fake and for the adapter on the stand-in."""

from dataclasses import replace
from typing import Protocol

import pytest
import stripe

from gorder.clients.stripe import stripe_client
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import DueRefund, PageOrder, PagePayment
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from tests.contract.payables import new_payable
from tests.contract.standin_client import StandinClient
from tests.fakes.clock import StandingClock
from tests.fakes.examples import PAGE_OPTIONS, STACK
from tests.fakes.gateway import MemoryGateway

CHANGING = replace(PAGE_OPTIONS, promotion_codes=True, automatic_tax=True, invoices=True)


class PaymentSetup(Protocol):
    """A gateway, and what a customer, the shop and a bank do at Stripe."""

    soup: str

    @property
    def gateway(self) -> PaymentGateway: ...

    def pay(self, session_id: str, **change: int) -> None: ...

    def give_back(self, session_id: str, amount: int) -> None: ...

    def fail_refund(self, session_id: str) -> None: ...

    def dispute(self, session_id: str, state: str) -> None: ...


class MemoryPayments:
    """The fake."""

    soup = "price_700"

    def __init__(self) -> None:
        self.gateway = MemoryGateway(StandingClock(utc_now()), {self.soup: 700})
        self.give_back = self.gateway.give_back
        self.fail_refund = self.gateway.fail_refund
        self.dispute = self.gateway.dispute

    def pay(self, session_id: str, **change: int) -> None:
        self.gateway.pay(session_id, **change)


class StandinPayments:
    """The Stripe adapter on the stand-in."""

    def __init__(self, standin: StandinClient) -> None:
        client = stripe_client("sk_test_x", standin.url)
        self.soup = standin.price(700)
        self.gateway = StripeGateway(client, STACK)
        self._intents = client.v1.payment_intents
        self._sessions = client.v1.checkout.sessions
        self._all_disputes = client.v1.disputes
        self._control = standin.control
        self._disputes: dict[str, str] = {}

    def pay(self, session_id: str, **change: int) -> None:
        self._control(f"sessions/{session_id}/pay", {"outcome": "paid", **change})

    def give_back(self, session_id: str, amount: int) -> None:
        intent = self._sessions.retrieve(session_id).payment_intent
        self._control("refunds", {"payment_intent": intent, "amount": amount})

    def fail_refund(self, session_id: str) -> None:
        payment = payment_on(self.gateway, session_id)
        self._control(f"refunds/{payment.refunds[-1].refund_id}/fail", {})

    def dispute(self, session_id: str, state: str) -> None:
        if state not in {"open", "inquiry"}:
            self._close_dispute(self._disputes[session_id], state)
            return
        intent = self._sessions.retrieve(session_id, {"expand": ["payment_intent"]}).payment_intent
        assert isinstance(intent, stripe.PaymentIntent)
        body = {"charge": intent.latest_charge, "inquiry": state == "inquiry"}
        self._disputes[session_id] = self._control("disputes", body)["id"]

    def _close_dispute(self, dispute_id: str, state: str) -> None:
        is_inquiry = self._all_disputes.retrieve(dispute_id).status.startswith("warning_")
        status = "warning_closed" if is_inquiry else state
        self._control(f"disputes/{dispute_id}/close", {"status": status})


@pytest.fixture(params=["memory", pytest.param("standin", marks=pytest.mark.servers)])
def payments(request: pytest.FixtureRequest) -> PaymentSetup:
    if request.param == "memory":
        return MemoryPayments()
    return StandinPayments(request.getfixturevalue("module_standin"))


@pytest.fixture
def paid(payments: PaymentSetup) -> PagePayment:
    """A paid page of two soups."""
    payable = new_payable({payments.soup: 2}, 1400)
    page = payments.gateway.create_page(payable, PAGE_OPTIONS)
    payments.pay(page.session_id)
    return payment_on(payments.gateway, page.session_id)


def payment_on(gateway: PaymentGateway, session_id: str) -> PagePayment:
    payment = gateway.page(session_id).payment
    assert payment
    return payment


def due(payment: PagePayment, amount: int = 1400, attempt: str = "0-0") -> DueRefund:
    assert payment.payment_intent_id
    return DueRefund(
        payment.order_id, payment.payment_intent_id, amount, "order_cancelled", attempt
    )


def test_a_payment_has_the_mark_and_no_refund(paid: PagePayment) -> None:
    assert paid.is_marked
    assert (paid.refunds, paid.dispute) == ((), None)


def test_a_payment_is_found_by_its_id(payments: PaymentSetup, paid: PagePayment) -> None:
    assert paid.payment_intent_id

    found = payments.gateway.page_of(paid.payment_intent_id)
    assert found == PageOrder(paid.session_id, paid.order_id)
    assert payments.gateway.page_of("pi_of_another_application") is None


def test_refunds_by_hand_are_read(payments: PaymentSetup, paid: PagePayment) -> None:
    payments.give_back(paid.session_id, 400)
    payments.give_back(paid.session_id, 1000)

    refunds = payment_on(payments.gateway, paid.session_id).refunds

    assert sorted((r.amount, r.status, r.by) for r in refunds) == [
        (400, "succeeded", "stripe"),
        (1000, "succeeded", "stripe"),
    ]


def test_a_refund_is_made_once(payments: PaymentSetup, paid: PagePayment) -> None:
    payments.gateway.refund(due(paid))
    payments.gateway.refund(due(paid))
    payments.gateway.refund(due(paid, amount=1))

    [refund] = payment_on(payments.gateway, paid.session_id).refunds

    assert (refund.amount, refund.status) == (1400, "succeeded")
    assert (refund.by, refund.reason) == ("gorder", "order_cancelled")


def test_the_rest_of_a_payment_can_be_refunded(payments: PaymentSetup, paid: PagePayment) -> None:
    payments.give_back(paid.session_id, 400)

    payments.gateway.refund(due(paid, amount=1000))

    refunds = payment_on(payments.gateway, paid.session_id).refunds
    assert sorted(refund.amount for refund in refunds) == [400, 1000]


def test_parts_of_a_payment_are_refunded_once_each(
    payments: PaymentSetup, paid: PagePayment
) -> None:
    parts = [
        replace(due(paid, amount, f"part-{before}-0"), refunded_before=before)
        for amount, before in ((400, 0), (400, 400), (600, 800))
    ]
    for part in (*parts, *parts, replace(due(paid, 1, "part-1400-0"), refunded_before=1400)):
        payments.gateway.refund(part)

    refunds = payment_on(payments.gateway, paid.session_id).refunds

    assert sorted((refund.amount, refund.refunded_before) for refund in refunds) == [
        *((400, 0), (400, 400), (600, 800))
    ]
    assert {(refund.by, refund.status) for refund in refunds} == {("gorder", "succeeded")}


def test_a_part_after_a_refund_by_hand_says_what_was_refunded_before(
    payments: PaymentSetup, paid: PagePayment
) -> None:
    payments.give_back(paid.session_id, 300)

    payments.gateway.refund(replace(due(paid, 200, "part-300-0"), refunded_before=300))

    refunds = payment_on(payments.gateway, paid.session_id).refunds
    assert sorted((r.amount, r.by, r.refunded_before) for r in refunds if r.refunded_before) == [
        (200, "gorder", 300)
    ]
    assert [r.refunded_before for r in refunds if r.by == "stripe"] == [None]


def test_a_failed_refund_is_read(payments: PaymentSetup, paid: PagePayment) -> None:
    payments.gateway.refund(due(paid))
    payments.fail_refund(paid.session_id)

    failed = payment_on(payments.gateway, paid.session_id)

    assert [refund.status for refund in failed.refunds] == ["failed"]


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_is_read(payments: PaymentSetup, paid: PagePayment, end: str) -> None:
    payments.dispute(paid.session_id, "open")
    opened = payment_on(payments.gateway, paid.session_id)

    payments.dispute(paid.session_id, end)

    closed = payment_on(payments.gateway, paid.session_id)
    assert (opened.dispute, opened.lost) == ("open", 0)
    assert (closed.dispute, closed.lost) == (end, 1400 if end == "lost" else 0)


def test_a_payment_that_a_bank_asks_about_can_be_refunded(
    payments: PaymentSetup, paid: PagePayment
) -> None:
    payments.dispute(paid.session_id, "inquiry")

    payments.gateway.refund(due(paid))

    asked = payment_on(payments.gateway, paid.session_id)
    assert (asked.dispute, asked.lost) == ("inquiry", 0)
    assert [refund.amount for refund in asked.refunds] == [1400]
    payments.dispute(paid.session_id, "won")
    assert payment_on(payments.gateway, paid.session_id).dispute == "won"


def test_a_disputed_payment_is_not_refunded(payments: PaymentSetup, paid: PagePayment) -> None:
    payments.dispute(paid.session_id, "open")

    payments.gateway.refund(due(paid))

    assert payment_on(payments.gateway, paid.session_id).refunds == ()


@pytest.mark.parametrize(
    ("change", "amount", "tax", "added"),
    [
        ({"discount": 400}, 1000, 0, 0),
        ({"tax": 98}, 1498, 98, 98),
        ({"tax_included": 92}, 1400, 92, 0),
        ({"discount": 400, "tax": 50, "tax_included": 20}, 1050, 70, 50),
    ],
)
def test_a_discount_and_tax_are_read(
    payments: PaymentSetup, change: dict[str, int], amount: int, tax: int, added: int
) -> None:
    page = payments.gateway.create_page(new_payable({payments.soup: 2}, 1400), CHANGING)
    payments.pay(page.session_id, **change)

    payment = payment_on(payments.gateway, page.session_id)

    assert (page.amount_subtotal, page.amount_total) == (1400, 1400)
    assert (payment.amount, payment.tax, payment.added) == (amount, tax, added)
    assert payment.discount == change.get("discount", 0)


def test_what_was_paid_with_a_discount_can_be_refunded(payments: PaymentSetup) -> None:
    page = payments.gateway.create_page(new_payable({payments.soup: 2}, 1400), CHANGING)
    payments.pay(page.session_id, discount=400)

    payments.gateway.refund(due(payment_on(payments.gateway, page.session_id), amount=1000))

    [refund] = payment_on(payments.gateway, page.session_id).refunds
    assert refund.amount == 1000


def test_a_page_for_which_nothing_is_left_to_pay_is_paid(payments: PaymentSetup) -> None:
    page = payments.gateway.create_page(new_payable({payments.soup: 2}, 1400), CHANGING)
    payments.pay(page.session_id, discount=1400)

    payment = payment_on(payments.gateway, page.session_id)

    assert (payment.payment_intent_id, payment.amount, payment.discount) == (None, 0, 1400)
    assert payments.gateway.expire_page(page.session_id).payment == payment
