"""Discounts and tax on the stand-in's sessions."""

from typing import Any

import pytest
import stripe

from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers

ON: dict[str, Any] = {"allow_promotion_codes": True, "automatic_tax": {"enabled": True}}
COMPLETED = "checkout.session.completed"


def pay(standin: StandinClient, session_id: str, **change: Any) -> stripe.checkout.Session:
    standin.control(f"sessions/{session_id}/pay", {"outcome": "paid", **change})
    return standin.stripe.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})


def refusal(standin: StandinClient, session_id: str, **change: Any) -> str:
    body = {"outcome": "paid", **change}
    response = standin.controls.post(f"sessions/{session_id}/pay", json=body)
    assert response.status_code == 400
    message: str = response.json()["error"]["message"]
    return message


def test_a_new_session_states_what_can_change_its_total(standin: StandinClient) -> None:
    plain, changing = standin.session(), standin.session(invoice_creation={"enabled": True}, **ON)

    for session in (plain, changing):
        assert (session.amount_subtotal, session.amount_total) == (900, 900)
        assert session.total_details
        assert session.total_details.amount_tax == session.total_details.amount_discount == 0
    assert plain.invoice_creation
    assert changing.invoice_creation
    assert (plain.allow_promotion_codes, changing.allow_promotion_codes) == (None, True)
    assert (plain.automatic_tax.status, changing.automatic_tax.status) == (
        None,
        "requires_location_inputs",
    )
    assert (plain.invoice_creation.enabled, changing.invoice_creation.enabled) == (False, True)


@pytest.mark.parametrize(
    ("change", "total", "tax"),
    [
        ({"discount": 90}, 810, 0),
        ({"tax": 171}, 1071, 171),
        ({"tax_included": 144}, 900, 144),
        ({"discount": 90, "tax": 100, "tax_included": 30}, 910, 130),
    ],
)
def test_a_discount_and_tax_change_the_total(
    standin: StandinClient, change: dict[str, int], total: int, tax: int
) -> None:
    with receiving(standin, COMPLETED) as receiver:
        paid = pay(standin, standin.session(**ON).id, **change)
        [webhook] = receiver.wait_for(1)

    assert (paid.amount_subtotal, paid.amount_total, paid.payment_status) == (900, total, "paid")
    assert paid.total_details
    assert paid.total_details.amount_discount == change.get("discount", 0)
    assert (paid.total_details.amount_tax, paid.automatic_tax.status) == (tax, "complete")
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.amount_received == total
    assert webhook.event["data"]["object"]["amount_total"] == total


def test_a_code_for_everything_leaves_nothing_to_pay(standin: StandinClient) -> None:
    free = pay(standin, standin.session(**ON).id, discount=900)

    assert (free.status, free.payment_status) == ("complete", "no_payment_required")
    assert (free.amount_total, free.payment_intent) == (0, None)


def test_a_code_that_is_entered_after_a_declined_card_changes_the_payment(
    standin: StandinClient,
) -> None:
    session = standin.session(**ON)
    assert standin.pay(session, "declined").status_code == 402

    paid = pay(standin, session.id, discount=90)

    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.payment_intent.amount, paid.payment_intent.amount_received) == (810, 810)


def test_a_session_that_was_made_without_them_has_no_discount_and_no_tax(
    standin: StandinClient,
) -> None:
    session_id = standin.session().id

    assert "takes no promotion codes" in refusal(standin, session_id, discount=1)
    assert "has no automatic tax" in refusal(standin, session_id, tax=1)
    assert standin.stripe.checkout.sessions.retrieve(session_id).status == "open"


def test_a_rest_that_cannot_be_paid_is_refused(standin: StandinClient) -> None:
    session_id = standin.session(**ON).id

    assert "at least €0.50" in refusal(standin, session_id, discount=870)
    assert "more than the subtotal of 900" in refusal(standin, session_id, discount=901)
