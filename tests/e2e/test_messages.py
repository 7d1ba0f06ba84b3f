"""Duplicate, forged, out-of-order and invalid messages."""

import json
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from stripe import WebhookSignature

from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until

pytestmark = pytest.mark.servers

FORGERIES = ("published", "sent", "signed")
ALL_STATUSES = ["pending", "waiting_for_payment", "paid", "cooking", "cooked"]


def test_a_duplicate_webhook_is_one_payment(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]
    shop.control("webhooks", mode="duplicate", type="checkout.session.completed", times=1)

    shop.pay(page)
    cooked = shop.wait(placed, "cooked")

    event_id = shop.completed_event_of(shop.session_of(placed.order_id)["id"])
    deliveries = [delivery for delivery in shop.deliveries() if delivery["event"] == event_id]
    assert [delivery["state"] for delivery in deliveries] == ["delivered", "delivered"]
    assert statuses(cooked) == ALL_STATUSES
    assert shop.units(product) == {"on_hand": 2, "held": 0}


@pytest.mark.parametrize("forgery", ["wrong_secret", "stale", "future", "unsigned", "changed_body"])
def test_a_forged_webhook_pays_nothing(shop: ShopClient, forgery: str) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    shop.wait(placed, "waiting_for_payment")
    body = json.dumps(completed(placed, shop.session_of(placed.order_id)))

    refused = post_webhook(shop, body, forged_signature(shop, body, forgery))

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["code"] == "invalid_webhook"
    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"


def test_a_payment_that_stripe_does_not_confirm_pays_nothing(shop: ShopClient) -> None:
    """Session and amount are right, the customer knows both; the page is open at Stripe."""
    product = shop.stock_a_product(units=len(FORGERIES))
    forged = [(shop.place((product, 1)), way) for way in FORGERIES]
    for placed, _ in forged:
        shop.wait(placed, "waiting_for_payment")
    before = messages(shop, "OrderPaidDeadLetterQueueUrl")

    for placed, way in forged:
        forge_payment(shop, placed, way)

    wait_until(
        lambda: messages(shop, "OrderPaidDeadLetterQueueUrl") == before + len(FORGERIES),
        lambda: "the forged payments are not in the dead-letter queue",
    )
    for placed, _ in forged:
        assert shop.get_order(placed).json()["status"] == "waiting_for_payment"
        assert shop.session_of(placed.order_id)["status"] == "open"


def test_a_payment_that_was_forged_before_can_be_made(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed = shop.place((product, 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]
    forge_payment(shop, placed, "sent")

    shop.pay(page)
    cooked = shop.wait(placed, "cooked")

    assert statuses(cooked) == ALL_STATUSES
    assert shop.units(product) == {"on_hand": 0, "held": 0}


def test_a_payment_of_another_amount_goes_to_the_dead_letter_queue(shop: ShopClient) -> None:
    placed = shop.place((shop.stock_a_product(units=1, unit_amount=900), 1))
    shop.wait(placed, "waiting_for_payment")
    session = shop.session_of(placed.order_id) | {"amount_total": 1}
    body = json.dumps(completed(placed, session))
    before = messages(shop, "OrderPaidDeadLetterQueueUrl")

    response = post_webhook(shop, body, signed(shop, body, int(time.time())))

    assert response.status_code == HTTPStatus.OK
    wait_until(
        lambda: messages(shop, "OrderPaidDeadLetterQueueUrl") == before + 1,
        lambda: "the payment is not in the dead-letter queue",
    )
    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"


def test_a_webhook_can_arrive_before_the_payment_link_is_saved(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=2)
    shop.control(
        "faults", method="POST", path="/v1/checkout/sessions$", after=True, hang_seconds=8, times=1
    )
    placed = shop.place((product, 1))

    session = shop.session_of(placed.order_id)
    shop.control(f"sessions/{session['id']}/pay", outcome="paid")
    cooked = shop.wait(placed, "cooked")

    assert statuses(cooked) == ["pending", "paid", "cooking", "cooked"]
    assert shop.units(product) == {"on_hand": 1, "held": 0}


def test_a_lost_response_of_stripe_creates_no_second_page(shop: ShopClient) -> None:
    shop.control(
        "faults", method="POST", path="/v1/checkout/sessions$", after=True, drop_connection=True
    )

    placed = shop.place((shop.stock_a_product(units=1), 1))
    waiting = shop.wait(placed, "waiting_for_payment")

    assert waiting["payment_link"] == shop.session_of(placed.order_id)["url"]


def test_only_the_invalid_message_of_a_batch_goes_to_the_dead_letter_queue(
    shop: ShopClient,
) -> None:
    product = shop.stock_a_product(units=5)
    orders = [shop.place((product, 1)) for _ in range(3)]
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=len(orders))
    for placed in orders:
        shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    before = messages(shop, "OrderPaidDeadLetterQueueUrl")
    invalid = '{"event_type":"payment.succeeded","nonsense":"poison"}'
    bodies = [payment_event(shop, placed) for placed in orders]
    bodies.insert(1, invalid)

    shop.aws("sqs").send_message_batch(
        QueueUrl=shop.output("OrderPaidQueueUrl"),
        Entries=[{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)],
    )

    for placed in orders:
        assert statuses(shop.wait(placed, "cooked")) == ALL_STATUSES
    wait_until(
        lambda: messages(shop, "OrderPaidDeadLetterQueueUrl") == before + 1,
        lambda: "the invalid message is not in the dead-letter queue",
    )
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def forge_payment(shop: ShopClient, placed: CustomerOrder, way: str) -> None:
    """Report a payment that was not made: on the topic, in the queue, or with Stripe's secret."""
    event = payment_event(shop, placed)
    match way:
        case "published":
            shop.aws("sns").publish(
                TopicArn=shop.output("StripeTopicArn"),
                Message=event,
                MessageAttributes={
                    "event_type": {"DataType": "String", "StringValue": "payment.succeeded"}
                },
            )
        case "sent":
            shop.aws("sqs").send_message(
                QueueUrl=shop.output("OrderPaidQueueUrl"), MessageBody=event
            )
        case _:
            body = json.dumps(completed(placed, shop.session_of(placed.order_id)))
            response = post_webhook(shop, body, signed(shop, body, int(time.time())))
            assert response.status_code == HTTPStatus.OK


def completed(placed: CustomerOrder, session: dict[str, Any]) -> dict[str, Any]:
    """Return the event that Stripe would send if the order's page had been paid."""
    paid = session | {"status": "complete", "payment_status": "paid", "payment_intent": "pi_x"}
    return {
        "id": f"evt_{placed.order_id}",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(time.time()),
        "data": {"object": paid},
    }


def payment_event(shop: ShopClient, placed: CustomerOrder) -> str:
    """Return the event that stripe_webhook would publish for the order."""
    session = shop.session_of(placed.order_id)
    return json.dumps(
        {
            "event_id": f"evt_{placed.order_id}",
            "event_type": "payment.succeeded",
            "version": 1,
            "occurred_at": datetime.now(UTC).isoformat(),
            "trace_id": "1-00000000-000000000000000000000000",
            "data": {
                "order_id": placed.order_id,
                "session_id": session["id"],
                "payment_intent_id": session["payment_intent"] or "pi_1",
                "amount": session["amount_total"],
                "currency": session["currency"],
            },
        }
    )


def post_webhook(shop: ShopClient, body: str, signature: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    if signature:
        headers["Stripe-Signature"] = signature
    return shop.http.post(f"{shop.api}/api/webhook", content=body, headers=headers)


def forged_signature(shop: ShopClient, body: str, forgery: str) -> str:
    now = int(time.time())
    match forgery:
        case "wrong_secret":
            return signed(shop, body, now, secret="whsec_other")
        case "stale":
            return signed(shop, body, now - 301)
        case "future":
            return signed(shop, body, now + 400)
        case "changed_body":
            return signed(shop, body + " ", now)
    return ""


def signed(shop: ShopClient, body: str, timestamp: int, secret: str | None = None) -> str:
    secret = secret or shop.environment["STRIPE_WEBHOOK_SECRET"]
    return str(WebhookSignature.generate_signature_header(body, secret, timestamp))


def messages(shop: ShopClient, output: str) -> int:
    """Return the number of messages in a queue."""
    attributes = shop.aws("sqs").get_queue_attributes(
        QueueUrl=shop.output(output), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(attributes["Attributes"]["ApproximateNumberOfMessages"])
