"""Sessions that end in unusual ways, and sessions that gorder did not create."""

from typing import Any

import pytest
import stripe

from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers

EXPIRED = "checkout.session.expired"
ASYNC_FAILED = "checkout.session.async_payment_failed"
COMPLETED = "checkout.session.completed"
ORDER: dict[str, Any] = {"client_reference_id": "o1", "metadata": {"order_id": "o1"}}


def test_a_session_that_someone_else_expires_sends_an_event(standin: StandinClient) -> None:
    dashboard = stripe.StripeClient("rk_test_dashboard", base_addresses={"api": standin.url})
    with receiving(standin, EXPIRED) as receiver:
        session = standin.session(**ORDER)
        dashboard.v1.checkout.sessions.expire(session.id)
        [webhook] = receiver.wait_for(1, EXPIRED)
    expired = webhook.event["data"]["object"]
    assert (expired["id"], expired["status"], expired["url"]) == (session.id, "expired", None)
    assert (expired["payment_status"], expired["metadata"]) == ("unpaid", {"order_id": "o1"})
    assert webhook.event["request"]["id"].startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match=r'status in \["open"\] can be expired'):
        dashboard.v1.checkout.sessions.expire(session.id)


def test_an_async_payment_that_fails_leaves_the_session_complete_and_unpaid(
    standin: StandinClient,
) -> None:
    with receiving(standin, ASYNC_FAILED) as receiver:
        session = standin.session(**ORDER)
        standin.pay(session, "later")
        standin.control(f"sessions/{session.id}/settle", {"succeeded": False})
        [webhook] = receiver.wait_for(1, ASYNC_FAILED)
    failed = webhook.event["data"]["object"]
    assert (failed["status"], failed["payment_status"]) == ("complete", "unpaid")
    assert failed["metadata"] == {"order_id": "o1"}
    read = standin.stripe.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (read.status, read.payment_status, read.url) == ("complete", "unpaid", None)
    assert isinstance(read.payment_intent, stripe.PaymentIntent)
    assert read.payment_intent.status == "requires_payment_method"
    assert read.payment_intent.amount_received == 0
    assert standin.pay(session).status_code == 409
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        standin.stripe.checkout.sessions.expire(session.id)


def test_a_session_of_another_amount_with_the_same_order_can_be_paid(
    standin: StandinClient,
) -> None:
    own = {"currency": "eur", "unit_amount": 100, "product_data": {"name": "Something else"}}
    lines = [{"price_data": own, "quantity": 1}]
    with receiving(standin, COMPLETED) as receiver:
        paid = standin.paid_session(line_items=lines, **ORDER)
        [webhook] = receiver.wait_for(1)
    assert (paid.amount_total, paid.currency, paid.client_reference_id) == (100, "eur", "o1")
    assert webhook.event["data"]["object"]["metadata"] == {"order_id": "o1"}
    intent = standin.stripe.payment_intents.retrieve(str(paid.payment_intent))
    assert intent.amount_received == 100


def test_a_session_of_another_currency_can_be_paid(standin: StandinClient) -> None:
    own = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Soup"}}
    paid = standin.paid_session(line_items=[{"price_data": own, "quantity": 1}], **ORDER)
    assert (paid.currency, paid.payment_status) == ("usd", "paid")


def test_two_sessions_of_one_order_can_both_be_paid(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        sessions = [standin.session(**ORDER) for _ in range(2)]
        for session in sessions:
            assert standin.pay(session).status_code == 303
        webhooks = receiver.wait_for(2)
    assert {w.event["data"]["object"]["id"] for w in webhooks} == {s.id for s in sessions}
    fresh = [standin.stripe.checkout.sessions.retrieve(s.id) for s in sessions]
    assert [s.payment_status for s in fresh] == ["paid", "paid"]
    intents = {str(s.payment_intent) for s in fresh}
    assert len(intents) == 2
    for intent in intents:
        assert standin.stripe.refunds.create({"payment_intent": intent}).amount == 900


def test_an_archived_price_is_rejected(standin: StandinClient) -> None:
    price = standin.price()
    standin.stripe.prices.update(price, {"active": False})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.session(price)
    assert refused.value.user_message == (
        "The price specified is inactive. This field only accepts active prices."
    )
    assert (refused.value.http_status, refused.value.code) == (400, None)
    assert refused.value.param == "line_items[0][price]"
    assert standin.last_response["error"]["type"] == "invalid_request_error"


def test_an_archived_product_is_rejected(standin: StandinClient) -> None:
    price = standin.price()
    product = standin.stripe.prices.retrieve(price).product
    standin.stripe.products.update(str(product), {"active": False})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.session(price)
    assert refused.value.user_message == (
        f"Price `{price}` is not available to be purchased because its product is not active."
    )
    assert refused.value.param == "line_items[0][price]"


def test_a_key_that_was_used_for_another_session_is_rejected(standin: StandinClient) -> None:
    price = standin.price()
    params: Any = {"mode": "payment", "success_url": "https://shop.example/thanks"}
    key: stripe.RequestOptions = {"idempotency_key": "order:o1"}
    sessions = standin.stripe.checkout.sessions
    one = sessions.create(params | {"line_items": [{"price": price, "quantity": 1}]}, key)
    with pytest.raises(stripe.IdempotencyError) as refused:
        sessions.create(params | {"line_items": [{"price": price, "quantity": 2}]}, key)
    assert refused.value.http_status == 400
    assert standin.last_response["error"]["type"] == "idempotency_error"
    assert "can only be used with the same parameters" in str(refused.value)
    assert [session.id for session in sessions.list().data] == [one.id]
