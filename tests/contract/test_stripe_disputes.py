"""Disputes of the stand-in: opened, closed as won or lost, and what they do to refunds."""

import time
from typing import Any

import pytest
import stripe

from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers


def opened(standin: StandinClient, intent: str, **fields: Any) -> stripe.Dispute:
    body = {"charge": standin.charge_of(intent).id} | fields
    return standin.stripe.disputes.retrieve(standin.control("disputes", body)["id"])


def refused_refund(standin: StandinClient, intent: str) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.stripe.refunds.create({"payment_intent": intent})
    return refused.value


def test_a_disputed_charge_cannot_be_refunded(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    dispute = opened(standin, intent)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 900)
    assert (dispute.payment_intent, dispute.is_charge_refundable) == (intent, False)
    assert standin.charge_of(intent).disputed
    refused = refused_refund(standin, intent)
    assert (refused.http_status, refused.code) == (400, "charge_disputed")
    assert refused.user_message == (
        f"Charge {dispute.charge} has been charged back; cannot issue a refund."
    )
    by_hand = standin.controls.post("refunds", json={"payment_intent": intent})
    assert by_hand.json()["error"]["code"] == "charge_disputed"


def test_a_dispute_emits_its_events(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    with receiving(standin, "charge.dispute.created") as receiver:
        dispute = opened(standin, intent, amount=400, reason="product_not_received")
        [created] = receiver.wait_for(1, "charge.dispute.created")
    assert created.event["data"]["object"]["id"] == dispute.id
    assert (dispute.amount, dispute.reason) == (400, "product_not_received")
    standin.control(f"disputes/{dispute.id}/close", {"status": "won"})
    events = standin.events_of(dispute.id)
    assert [(event.type, event.data.object["status"]) for event in events] == [
        ("charge.dispute.created", "needs_response"),
        ("charge.dispute.funds_withdrawn", "needs_response"),
        ("charge.dispute.funds_reinstated", "won"),
        ("charge.dispute.closed", "won"),
    ]
    moved = standin.stripe.disputes.retrieve(dispute.id).balance_transactions
    assert [(t.amount, t.net) for t in moved] == [(-400, -1900), (400, 400)]
    assert events[0].data.object["balance_transactions"] == []


def test_a_charge_with_a_won_dispute_can_be_refunded(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    dispute = opened(standin, intent)
    standin.control(f"disputes/{dispute.id}/close", {"status": "won"})
    closed = standin.stripe.disputes.retrieve(dispute.id)
    assert (closed.status, closed.is_charge_refundable) == ("won", True)
    assert standin.charge_of(intent).disputed
    assert standin.stripe.refunds.create({"payment_intent": intent}).status == "succeeded"


def test_a_charge_with_a_lost_dispute_cannot_be_refunded(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    dispute = opened(standin, intent)
    standin.control(f"disputes/{dispute.id}/close", {"status": "lost"})
    charge = standin.charge_of(intent)
    assert (charge.disputed, charge.amount_refunded, charge.refunded) == (True, 0, False)
    assert refused_refund(standin, intent).code == "charge_disputed"
    assert [event.type for event in standin.events_of(dispute.id)][-1] == "charge.dispute.closed"
    for body in ({"status": "won"}, {"status": "draw"}):
        again = standin.controls.post(f"disputes/{dispute.id}/close", json=body)
        assert again.status_code == 400


def test_an_inquiry_takes_no_money_and_leaves_the_charge_refundable(
    standin: StandinClient,
) -> None:
    intent = standin.paid_intent()
    dispute = opened(standin, intent, inquiry=True)
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert standin.charge_of(intent).disputed
    assert standin.stripe.refunds.create({"payment_intent": intent}).status == "succeeded"
    lost = standin.controls.post(f"disputes/{dispute.id}/close", json={"status": "lost"})
    assert lost.status_code == 400
    standin.control(f"disputes/{dispute.id}/close", {"status": "warning_closed"})
    closed = standin.stripe.disputes.retrieve(dispute.id)
    assert (closed.status, closed.is_charge_refundable) == ("warning_closed", True)
    assert [event.type for event in standin.events_of(dispute.id)] == [
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
    assert closed.balance_transactions == []


def test_a_dispute_is_not_closed_as_an_inquiry(standin: StandinClient) -> None:
    dispute = opened(standin, standin.paid_intent())
    body = {"status": "warning_closed"}
    assert standin.controls.post(f"disputes/{dispute.id}/close", json=body).status_code == 400


def test_disputes_are_listed_by_payment_charge_and_time(standin: StandinClient) -> None:
    before = int(time.time())
    intents = [standin.paid_intent() for _ in range(3)]
    disputes = [opened(standin, intent) for intent in intents]
    api = standin.stripe.disputes
    assert [d.id for d in api.list().data] == [d.id for d in reversed(disputes)]
    assert [d.id for d in api.list({"payment_intent": intents[1]}).data] == [disputes[1].id]
    assert [d.id for d in api.list({"charge": str(disputes[2].charge)}).data] == [disputes[2].id]
    assert len(api.list({"created": {"gte": before}}).data) == 3
    assert api.list({"created": {"gt": before + 3600}}).data == []
    page = api.list({"limit": 2, "expand": ["data.charge"]})
    assert page.has_more
    assert isinstance(page.data[0].charge, stripe.Charge)
    with pytest.raises(stripe.InvalidRequestError, match="No such dispute"):
        api.retrieve("du_none")


def test_a_charge_is_disputed_once_and_not_for_more_than_its_amount(standin: StandinClient) -> None:
    charge = standin.charge_of(standin.paid_intent()).id
    too_much = standin.controls.post("disputes", json={"charge": charge, "amount": 901})
    assert too_much.status_code == 400
    standin.control("disputes", {"charge": charge})
    assert standin.controls.post("disputes", json={"charge": charge}).status_code == 400
