"""Refunds of the stand-in: by the API and by the dashboard, pending, failed and canceled."""

from typing import Any

import pytest
import stripe

from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers


def types_of(standin: StandinClient, object_id: str) -> list[str]:
    return [event.type for event in standin.events_of(object_id)]


def refunded(standin: StandinClient, intent: str) -> tuple[int, bool]:
    charge = standin.charge_of(intent)
    return charge.amount_refunded, charge.refunded


def test_a_payment_is_refunded_once(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    standin.stripe.refunds.create({"payment_intent": intent, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        standin.stripe.refunds.create({"payment_intent": intent, "amount": 501})
    assert too_much.value.user_message == (
        "Refund amount (€5.01) is greater than unrefunded amount on charge (€5.00)"
    )
    assert (too_much.value.http_status, too_much.value.code) == (400, None)
    assert too_much.value.param == "amount"
    standin.stripe.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as again:
        standin.stripe.refunds.create({"payment_intent": intent})
    assert (again.value.http_status, again.value.code) == (400, "charge_already_refunded")
    refunds = standin.stripe.refunds.list({"payment_intent": intent}).data
    assert [refund.amount for refund in refunds] == [500, 400]
    assert refunded(standin, intent) == (900, True)


def test_a_refund_of_nothing_is_rejected(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    for amount in (0, -5):
        with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1") as no:
            standin.stripe.refunds.create({"payment_intent": intent, "amount": amount})
        assert no.value.code == "parameter_invalid_integer"


def test_a_refund_emits_its_events(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    with receiving(standin, "refund.created", "charge.refunded") as receiver:
        params: Any = {"payment_intent": intent, "amount": 400, "metadata": {"order_id": "o1"}}
        refund = standin.stripe.refunds.create(params, {"idempotency_key": "refund:o1"})
        [created] = receiver.wait_for(1, "refund.created")
        [changed] = receiver.wait_for(1, "charge.refunded")
    assert created.event["data"]["object"]["metadata"] == {"order_id": "o1"}
    assert created.event["request"]["idempotency_key"] == "refund:o1"
    charge = changed.event["data"]["object"]
    assert (charge["id"], charge["amount_refunded"]) == (refund.charge, 400)
    assert "refunds" not in charge
    assert changed.event["data"]["previous_attributes"] == {"amount_refunded": 0}


def test_the_dashboard_refunds_without_key_and_metadata(standin: StandinClient) -> None:
    intent = standin.paid_intent(payment_intent_data={"metadata": {"order_id": "o1"}})
    part = standin.control("refunds", {"payment_intent": intent, "amount": 300})
    reason = {"reason": "requested_by_customer"}
    rest = standin.control("refunds", {"payment_intent": intent} | reason)
    assert [(r["amount"], r["reason"]) for r in (part, rest)] == [
        (300, None),
        (600, *reason.values()),
    ]
    assert [r["metadata"] for r in (part, rest)] == [{}, {}]
    [created] = standin.events_of(part["id"])
    assert created.type == "refund.created"
    assert created.request is not None
    assert (created.request.id, created.request.idempotency_key) == (None, None)
    assert types_of(standin, part["charge"]) == ["charge.succeeded", *["charge.refunded"] * 2]
    assert refunded(standin, intent) == (900, True)
    refused = standin.controls.post("refunds", json={"payment_intent": intent})
    assert refused.json()["error"]["code"] == "charge_already_refunded"


def test_a_refund_that_fails_is_no_longer_refunded(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    refund = standin.stripe.refunds.create({"payment_intent": intent})
    standin.control(f"refunds/{refund.id}/fail", {"failure_reason": "expired_or_canceled_card"})
    failed = standin.stripe.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert refunded(standin, intent) == (0, False)
    assert types_of(standin, refund.id) == [
        "refund.created",
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]
    updated = standin.events_of(refund.id)[1]
    previous = {"status": "succeeded", "failure_reason": None}
    assert updated.data["previous_attributes"].to_dict() == previous
    second = standin.stripe.refunds.create({"payment_intent": intent})
    assert (second.status, refunded(standin, intent)) == ("succeeded", (900, True))


def test_a_canceled_refund_is_no_longer_refunded(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    refund = standin.stripe.refunds.create({"payment_intent": intent, "amount": 300})
    standin.stripe.refunds.create({"payment_intent": intent, "amount": 200})
    standin.control(f"refunds/{refund.id}/cancel")
    canceled = standin.stripe.refunds.retrieve(refund.id)
    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert refunded(standin, intent) == (200, False)
    assert types_of(standin, refund.id) == [
        "refund.created",
        "refund.updated",
        "charge.refund.updated",
    ]
    for action in ("fail", "cancel", "succeed"):
        again = standin.controls.post(f"refunds/{refund.id}/{action}", json={})
        assert (again.status_code, "canceled" in again.text) == (400, True)


@pytest.mark.parametrize(
    ("action", "status", "amount"), [("succeed", "succeeded", 900), ("fail", "failed", 0)]
)
def test_a_pending_refund_succeeds_or_fails_later(
    standin: StandinClient, action: str, status: str, amount: int
) -> None:
    intent = standin.paid_intent()
    reason = {"pending_reason": "insufficient_funds"}
    standin.control("refund_rules", {"status": "pending", "times": 1} | reason)
    refund = standin.stripe.refunds.create({"payment_intent": intent})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    assert refunded(standin, intent) == (900, True)
    standin.control(f"refunds/{refund.id}/{action}")
    final = standin.stripe.refunds.retrieve(refund.id)
    assert (final.status, final.pending_reason) == (status, None)
    assert refunded(standin, intent)[0] == amount
    events = standin.events_of(refund.id)
    assert [event.type for event in events][1:3] == ["refund.updated", "charge.refund.updated"]
    assert events[0].data.object["status"] == "pending"


def test_a_rule_lets_new_refunds_fail_at_once(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    standin.control("refund_rules", {"status": "failed", "failure_reason": "declined", "times": 1})
    refund = standin.stripe.refunds.create({"payment_intent": intent})
    assert (refund.status, refund.failure_reason) == ("failed", "declined")
    assert refunded(standin, intent) == (0, False)
    assert types_of(standin, refund.id) == ["refund.created", "refund.failed"]
    assert standin.stripe.refunds.create({"payment_intent": intent}).status == "succeeded"


def test_a_rule_without_times_holds_until_it_is_replaced(standin: StandinClient) -> None:
    intent = standin.paid_intent()

    def statuses() -> list[str | None]:
        params: Any = {"payment_intent": intent, "amount": 100}
        return [standin.stripe.refunds.create(params).status for _ in range(2)]

    standin.control("refund_rules", {"status": "pending"})
    assert statuses() == ["pending", "pending"]
    standin.control("refund_rules", {"status": "succeeded"})
    assert statuses() == ["succeeded", "succeeded"]
    assert standin.controls.post("refund_rules", json={"status": "lost"}).status_code == 400
