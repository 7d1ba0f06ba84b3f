"""The payments of this deployment, from the lists of the stand-in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from gorder.payment.adapters.stripe_ledger import StripeLedger
from tests.contract.standin_client import StandinClient
from tests.fakes.examples import STACK

pytestmark = pytest.mark.servers

OURS = {"order_id": "o1", "gorder_stack": STACK}


@pytest.fixture
def ledger(standin: StandinClient) -> StripeLedger:
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": standin.url}, http_client=standin.http
    )
    return StripeLedger(client, STACK)


def pay(standin: StandinClient, **metadata: str) -> str:
    return standin.paid_intent(payment_intent_data={"metadata": metadata})


def window() -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - timedelta(hours=1), now + timedelta(hours=1)


def test_payments_of_this_deployment_are_listed(
    standin: StandinClient, ledger: StripeLedger
) -> None:
    marked, unmarked = pay(standin, **OURS), pay(standin, order_id="o2")
    for other in ({}, {"order_id": "o3", "gorder_stack": "another"}, {"gorder_stack": STACK}):
        pay(standin, **other)

    found = {each.payment.payment: each for each in ledger.payments(*window())}

    assert {key: (each.order_id, each.is_marked) for key, each in found.items()} == {
        marked: ("o1", True),
        unmarked: ("o2", False),
    }
    paid = found[marked]
    assert (paid.payment.amount, paid.payment.currency) == (900, "eur")
    assert not paid.payment.refunds
    assert (paid.payment.dispute, paid.payment.lost) == (None, 0)
    assert paid == ledger.payment(marked)
    assert list(ledger.payments(window()[1], window()[1] + timedelta(hours=1))) == []


def test_more_payments_than_a_page_are_listed(standin: StandinClient, ledger: StripeLedger) -> None:
    for _ in range(101):
        pay(standin, **OURS)

    assert len(list(ledger.payments(*window()))) == 101


def test_refunded_payments_are_listed_with_their_refunds(
    standin: StandinClient, ledger: StripeLedger
) -> None:
    intent = pay(standin, **OURS)
    pay(standin, **OURS)
    params: Any = {"payment_intent": intent, "amount": 400}
    made = standin.stripe.refunds.create(params)
    failed = standin.stripe.refunds.create({"payment_intent": intent, "amount": 100})
    standin.control(f"refunds/{failed.id}/fail", {})

    found = list(ledger.refunded(*window()))

    assert {each.payment.payment for each in found} == {intent}
    assert found[0].payment.refunds == {(made.id, 400)}
    assert found[0].changed_at >= found[0].created_at


def test_disputed_payments_are_listed_with_what_is_lost(
    standin: StandinClient, ledger: StripeLedger
) -> None:
    intent = pay(standin, **OURS)
    dispute = standin.control("disputes", {"charge": standin.charge_of(intent).id})
    [opened] = ledger.disputed(*window())
    standin.control(f"disputes/{dispute['id']}/close", {"status": "lost"})

    [lost] = ledger.disputed(*window())

    assert (opened.payment.dispute, opened.payment.lost) == ("open", 0)
    assert (lost.payment.dispute, lost.payment.lost) == ("lost", 900)


def test_a_payment_that_stripe_does_not_have_is_none(ledger: StripeLedger) -> None:
    assert ledger.payment("pi_of_nobody") is None
