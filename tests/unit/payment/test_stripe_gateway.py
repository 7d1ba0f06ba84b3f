"""Answers of Stripe that lack a field."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import stripe

from gorder.bootstrap.payment_link import payable
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.model import PageState
from gorder.payment.ports import PaymentGatewayRefusedError
from tests.fakes.examples import ORDER_ID, PAGE_OPTIONS, SESSION_ID, STACK, TRACE_ID, pending

PAID = {
    "id": SESSION_ID,
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "client_reference_id": ORDER_ID,
    "amount_subtotal": 1650,
    "amount_total": 1650,
    "total_details": {"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0},
    "allow_promotion_codes": False,
    "automatic_tax": {"enabled": False},
    "currency": "eur",
    "payment_intent": "pi_1",
    "metadata": {"order_id": ORDER_ID, "trace_id": TRACE_ID},
    "url": "https://pay.example/cs_1",
}


def gateway(session: dict[str, Any]) -> StripeGateway:
    """A gateway on a Stripe that answers each request with this session."""
    made = stripe.checkout.Session.construct_from(session, "sk_test_x")
    sessions = SimpleNamespace(
        create=lambda *_: made, expire=lambda *_: made, retrieve=lambda *_: made
    )
    v1 = SimpleNamespace(checkout=SimpleNamespace(sessions=sessions), refunds=None, disputes=None)
    client = SimpleNamespace(v1=v1)
    return StripeGateway(cast("stripe.StripeClient", client), STACK)


@pytest.mark.parametrize(
    ("metadata", "trace_id"),
    [({"trace_id": TRACE_ID}, TRACE_ID), ({"order_id": ORDER_ID}, ""), ({}, ""), (None, "")],
    ids=["with a trace", "without a trace", "empty", "none"],
)
def test_a_payment_needs_no_trace_in_the_metadata(
    metadata: dict[str, str] | None, trace_id: str
) -> None:
    end = gateway(PAID | {"metadata": metadata}).expire_page(SESSION_ID)

    assert end.state is PageState.PAID
    assert end.payment is not None
    assert (end.payment.order_id, end.payment.trace_id) == (ORDER_ID, trace_id)


def expire(gateway: StripeGateway) -> object:
    return gateway.expire_page(SESSION_ID)


def read(gateway: StripeGateway) -> object:
    return gateway.page(SESSION_ID)


def create(gateway: StripeGateway) -> object:
    return gateway.create_page(payable(pending()), PAGE_OPTIONS)


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (create, "id"),
        (create, "url"),
        (create, "amount_total"),
        (create, "amount_subtotal"),
        (create, "total_details"),
        (create, "currency"),
        (expire, "status"),
        (expire, "payment_status"),
        (expire, "client_reference_id"),
        (expire, "amount_total"),
        (expire, "payment_intent"),
        (expire, "metadata"),
        (read, "status"),
        (read, "payment_status"),
        (read, "client_reference_id"),
        (read, "amount_total"),
        (read, "currency"),
        (read, "payment_intent"),
    ],
)
def test_an_answer_without_a_field_is_refused(
    ask: Callable[[StripeGateway], object], field: str
) -> None:
    session = {name: value for name, value in PAID.items() if name != field}

    with pytest.raises(PaymentGatewayRefusedError, match=f"has no {field}"):
        ask(gateway(session))


@pytest.mark.parametrize(
    "change",
    [{"client_reference_id": None}, {"metadata": {"gorder_stack": "another"}}],
    ids=["another application", "another shop"],
)
def test_the_payment_of_another_shop_is_not_read(change: dict[str, Any]) -> None:
    foreign = gateway(PAID | change)

    assert foreign.page(SESSION_ID) == foreign.expire_page(SESSION_ID)
    assert foreign.page(SESSION_ID).payment is None


def test_a_payment_of_this_shop_is_marked() -> None:
    ours = gateway(PAID | {"metadata": {"gorder_stack": STACK}}).page(SESSION_ID).payment
    of_release_0_1 = gateway(PAID).page(SESSION_ID).payment

    assert ours
    assert of_release_0_1
    assert (ours.is_marked, of_release_0_1.is_marked) == (True, False)


@pytest.mark.parametrize("status", ["open", "expired", "a later one"])
def test_only_a_complete_page_is_paid(status: str) -> None:
    """A page of 0 requires no payment before the customer has completed it."""
    assert gateway(PAID | {"status": status}).page(SESSION_ID).payment is None
    free = {"status": status, "payment_status": "no_payment_required"}
    assert gateway(PAID | free).page(SESSION_ID).payment is None


@pytest.mark.parametrize("payment_status", ["paid", "no_payment_required"])
def test_a_complete_page_is_paid_if_it_required_a_payment(payment_status: str) -> None:
    intent = None if payment_status == "no_payment_required" else "pi_1"
    changed = {"payment_status": payment_status, "payment_intent": intent}

    payment = gateway(PAID | changed).page(SESSION_ID).payment

    assert payment is not None
    assert payment.payment_intent_id == intent


def test_a_page_without_an_address_is_refused() -> None:
    with pytest.raises(PaymentGatewayRefusedError, match=f"{SESSION_ID} of order {ORDER_ID}"):
        create(gateway(PAID | {"url": None}))


def details(discount: int = 0, tax: int = 0, shipping: int = 0) -> dict[str, int]:
    return {"amount_discount": discount, "amount_tax": tax, "amount_shipping": shipping}


ON = {"allow_promotion_codes": True, "automatic_tax": {"enabled": True}}


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ({"amount_total": 1485, "total_details": details(discount=165)} | ON, (165, 0, 0)),
        ({"amount_total": 1963, "total_details": details(tax=313)} | ON, (0, 313, 313)),
        ({"amount_total": 1650, "total_details": details(tax=263)} | ON, (0, 263, 0)),
        ({"amount_total": 1767, "total_details": details(165, 292)} | ON, (165, 292, 282)),
        ({"amount_total": 2150, "total_details": details(shipping=500)} | ON, (0, 0, 500)),
        ({"amount_total": 1485, "total_details": details(discount=165)}, (0, 0, -165)),
        ({"amount_total": 1963, "total_details": details(tax=313)}, (0, 0, 313)),
    ],
    ids=["discount", "added", "included", "all", "shipping", "no codes allowed", "no tax allowed"],
)
def test_a_discount_and_tax_count_if_the_page_was_made_for_them(
    session: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    payment = gateway(PAID | session).page(SESSION_ID).payment

    assert payment
    assert (payment.discount, payment.tax, payment.added) == expected
    assert payment.amount == session["amount_total"]


def test_a_session_without_amounts_is_refused() -> None:
    with pytest.raises(PaymentGatewayRefusedError, match=f"session {SESSION_ID}"):
        create(gateway(PAID | {"amount_subtotal": None}))
    with pytest.raises(PaymentGatewayRefusedError, match=f"session {SESSION_ID}"):
        read(gateway(PAID | {"total_details": None}))
