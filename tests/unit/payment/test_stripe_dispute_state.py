"""What the disputes of a charge at Stripe say about its payment."""

from types import SimpleNamespace
from typing import cast

import pytest
import stripe

from gorder.payment.adapters.stripe_gateway import StripeGateway
from tests.fakes.examples import SESSION_ID, STACK
from tests.unit.payment.test_stripe_gateway import PAID

REFUNDABLE = {"warning_needs_response", "warning_under_review", "warning_closed", "won"}


def state(*statuses: str, refundable: bool | None = None) -> tuple[str | None, int] | None:
    """Return how the gateway reads a charge of 16.50 euro with disputes of one euro each."""
    charge = {"object": "charge", "id": "ch_1", "disputed": True, "refunds": None}
    intent = {"object": "payment_intent", "id": "pi_1", "latest_charge": charge}
    session = stripe.checkout.Session.construct_from(PAID | {"payment_intent": intent}, "sk_test_x")
    disputes = [
        stripe.Dispute.construct_from(
            {
                "status": status,
                "amount": 100,
                "is_charge_refundable": status in REFUNDABLE if refundable is None else refundable,
            },
            "sk_test_x",
        )
        for status in statuses
    ]
    v1 = SimpleNamespace(
        checkout=SimpleNamespace(sessions=SimpleNamespace(retrieve=lambda *_: session)),
        refunds=None,
        disputes=SimpleNamespace(list=lambda _: SimpleNamespace(data=disputes)),
    )
    client = cast("stripe.StripeClient", SimpleNamespace(v1=v1))
    payment = StripeGateway(client, STACK).page(SESSION_ID).payment
    return (payment.dispute, payment.lost) if payment else None


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), (None, 0)),
        (("warning_needs_response",), ("inquiry", 0)),
        (("warning_under_review",), ("inquiry", 0)),
        (("warning_closed",), ("won", 0)),
        (("needs_response",), ("open", 0)),
        (("a_status_of_a_later_version",), ("open", 0)),
        (("warning_needs_response", "under_review"), ("open", 0)),
        (("lost", "warning_needs_response"), ("inquiry", 100)),
        (("won", "lost", "lost"), ("lost", 200)),
    ],
)
def test_of_several_disputes_the_first_state_counts(
    statuses: tuple[str, ...], expected: tuple[str | None, int]
) -> None:
    assert state(*statuses) == expected


def test_an_inquiry_of_a_charge_that_cannot_be_refunded_is_an_open_dispute() -> None:
    assert state("warning_needs_response", refundable=False) == ("open", 0)
