"""A customer wants food without paying: forged webhooks, events and messages."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.attempts import Attempts
from tests.e2e.conftest import CustomerOrder, ShopClient, wait_until
from tests.e2e.test_messages import completed, payment_event, post_webhook, signed

pytestmark = pytest.mark.servers

ODD_MESSAGES = (
    "null",
    "[]",
    "{}",
    '"text"',
    "not JSON",
    "[" * 5000,
    '{"event_type": null}',
    '{"event_type": "payment.succeeded"}',
    '{"event_type": "payment.succeeded", "data": {}}',
    '{"event_type": "payment.succeeded", "version": -1, "data": null}',
    '{"event_type": "order.paid", "version": 1, "data": {"order_id": "x"}}',
    '{"event_type": "' + "x" * 10_000 + '"}',
    '{"event_type": "a", "event_type": "payment.succeeded"}',
    '{"_aws": {"CloudWatchMetrics": [{"Namespace": "x", "Metrics": [{"Name": "y"}]}]}}',
    '{"event_id": "\\ud800", "event_type": "payment.succeeded"}',
    '{"event_type": "payment.succeeded", "event_id": {"$ne": 1}, "data": {"order_id": {"$ne": 1}}}',
)
QUEUES = (
    "PaymentLinkQueueUrl",
    "OrderPaidQueueUrl",
    "RefundQueueUrl",
    "KitchenQueueUrl",
    "CatalogueQueueUrl",
)


def waiting(shop: ShopClient) -> CustomerOrder:
    """Place an order and wait for its page."""
    placed = shop.place((shop.stock_a_product(units=1), 1))
    shop.wait(placed, "waiting_for_payment")
    return placed


def signatures(shop: ShopClient, body: str) -> Iterator[str]:
    """Signatures that are not Stripe's, are of another body, or are of another time."""
    now = int(time.time())
    good = signed(shop, body, now)
    _, _, digest = good.partition(",v1=")
    yield from (
        "",
        "x",
        "t=",
        "v1=",
        f"v1={digest}",
        f"t={now}",
        f"t={now},v1=",
        f"t={now},v0={digest}",
    )
    yield from (
        f"t={now},v2={digest}",
        f"t={now},v1={digest[:-1]}",
        f"t={now},v1={digest.upper()}0",
    )
    yield from (f"t={now + 1},v1={digest}", f"t={now}.0,v1={digest}", f"t=NaN,v1={digest}")
    yield from (f"t=-{now},v1={digest}", f"t={'9' * 5000},v1={digest}", f"t=1e30,v1={digest}")
    yield signed(shop, body + " ", now)
    yield from (signed(shop, body, now - 400), signed(shop, body, now + 400), signed(shop, body, 0))
    yield from (signed(shop, body, now, secret=secret) for secret in ("whsec_", "x", "whsec_other"))
    future = now + 365 * 86_400
    _, _, later = signed(shop, body, future).partition(",v1=")
    for stamp in (f"+{future}", f" {future}", f"{future}".replace("1", "1_", 1)):
        yield f"t={stamp},t={now},v1={later}"
    yield f"t={now},t={future},v1={later}"


def test_a_forged_webhook_is_refused(shop: ShopClient, attempts: Attempts) -> None:
    placed = waiting(shop)
    body = json.dumps(completed(placed, shop.session_of(placed.order_id)))

    for signature in signatures(shop, body):
        response = post_webhook(shop, body, signature)
        attempts.expect(response.status_code == 400, (signature, response.text))

    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"


def test_a_signed_body_that_is_no_event_of_stripe_is_no_internal_error(
    shop: ShopClient, attempts: Attempts
) -> None:
    bodies = ("", "null", "[]", "{}", "1", '"x"', "[" * 60_000, '{"id": 1}', "{" * 9, "NaN", "\x00")
    for body in bodies:
        response = post_webhook(shop, body, signed(shop, body, int(time.time())))
        attempts.expect(response.status_code == 400, (body[:20], response.text))
    huge = " " * 1_000_000
    response = post_webhook(shop, huge, signed(shop, huge, int(time.time())))
    attempts.expect(response.status_code in {400, 413}, f"1 MB: {response.text}")


FORGERIES: tuple[dict[str, Any], ...] = (
    {},
    {"payment_intent_id": ""},
    {"amount": 0},
    {"amount": -1},
    {"currency": "usd"},
    {"session_id": "cs_test_other"},
)


def test_a_forged_payment_cooks_nothing(shop: ShopClient, attempts: Attempts) -> None:
    product = shop.stock_a_product(units=len(FORGERIES))
    orders = [shop.place((product, 1)) for _ in FORGERIES]
    for placed, changes in zip(orders, FORGERIES, strict=True):
        shop.wait(placed, "waiting_for_payment")
        event = json.loads(payment_event(shop, placed))
        shop.aws("sqs").send_message(
            QueueUrl=shop.output("OrderPaidQueueUrl"),
            MessageBody=json.dumps(event | {"data": event["data"] | changes}),
        )
    drained(shop, "OrderPaidQueueUrl")

    for placed, changes in zip(orders, FORGERIES, strict=True):
        session = shop.session_of(placed.order_id)
        assert (session["status"], session["payment_status"]) == ("open", "unpaid")
        status = shop.get_order(placed).json()["status"]
        attempts.expect(status == "waiting_for_payment", (changes, status))


def test_an_odd_message_changes_nothing(shop: ShopClient, attempts: Attempts) -> None:
    placed = waiting(shop)

    for queue in QUEUES:
        for body in ODD_MESSAGES:
            shop.aws("sqs").send_message(QueueUrl=shop.output(queue), MessageBody=body)
    for queue in QUEUES:
        drained(shop, queue)
        status = shop.get_order(placed).json()["status"]
        for body in ODD_MESSAGES:
            attempts.expect(status == "waiting_for_payment", (queue, body[:60], status))

    another = shop.place((shop.stock_a_product(units=1), 1))
    shop.pay(shop.wait(another, "waiting_for_payment")["payment_link"])
    shop.wait(another, "cooked")


def drained(shop: ShopClient, queue: str) -> None:
    """Wait until each message was consumed or is in the dead-letter queue."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = shop.output(queue)

    def empty() -> bool:
        found = shop.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return all(found["Attributes"][name] == "0" for name in names)

    wait_until(empty, lambda: f"{queue} still has messages")
