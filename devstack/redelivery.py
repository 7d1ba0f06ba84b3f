"""Send again the messages that LocalStack has lost with its queues.

On AWS queues are durable. LocalStack's are not, so the messages that were in them are made again
from the orders in MongoDB and the stand-in's events. Consumers are idempotent, so a message that
was already handled changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import stripe
from pymongo import MongoClient

from devstack import sam
from devstack.console import say
from devstack.real_stripe import API_BASE
from devstack.webhook import control
from gorder.contracts.bus import Topic
from gorder.contracts.events import Event, OrderCreated, OrderData, OrderPaid
from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.status import OPEN, Status
from gorder.payment.adapters.stripe_webhook import PAYING
from gorder.runtime.sns import SnsPublisher

_NEXT_EVENT = {"pending": OrderCreated, "paid": OrderPaid, "cooking": OrderPaid}
_UNFINISHED = [status.value for status in (*OPEN, Status.PAID, Status.COOKING)]


def redeliver(environment: Mapping[str, str], topic_arn: str) -> None:
    """Publish the events of unfinished orders, and send their payments' webhooks again."""
    with MongoClient[dict[str, Any]](environment["GORDER_MONGO_URL"]) as client:
        orders = list(
            client.get_default_database()[COLLECTION].find(
                {"status": {"$in": _UNFINISHED}}, {"status": 1, "trace_id": 1}
            )
        )
    sns = sam.client("sns", environment)
    SnsPublisher(sns, {Topic.ORDERS: topic_arn}).publish(_events(orders))
    if environment["STRIPE_API_BASE"] == API_BASE:
        say("  ! webhooks of the real Stripe may be lost too: stripe events resend <event id>")
    else:
        _resend_payments(environment, {order["_id"] for order in orders})


def _events(orders: Iterable[dict[str, Any]]) -> Iterable[Event]:
    for order in orders:
        if kind := _NEXT_EVENT.get(order["status"]):
            yield kind(
                event_id=uuid4().hex,
                occurred_at=datetime.now(UTC),
                trace_id=order["trace_id"],
                data=OrderData(order_id=order["_id"]),
            )


def _resend_payments(environment: Mapping[str, str], order_ids: set[str]) -> None:
    base = environment["STRIPE_API_BASE"]
    client = stripe.StripeClient(environment["STRIPE_API_KEY"], base_addresses={"api": base})
    for event in client.v1.events.list({"types": sorted(PAYING), "limit": 100}).auto_paging_iter():
        session = event.data.object
        if session["client_reference_id"] in order_ids:
            control(environment, f"events/{event.id}/resend")
