"""After LocalStack has lost its queues: say again what unfinished orders are waiting to hear.

On AWS a queue outlives everything. LocalStack's do not, so whatever was on its way when it ended
is made again from what is durable: the orders in MongoDB and the stand-in's events. Every consumer
is idempotent, so saying too much changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import stripe
from pymongo import MongoClient

from devstack import sam
from devstack.console import say
from devstack.real_stripe import API_BASE
from gorder.contracts.events import Event, OrderCreated, OrderData, OrderPaid
from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.model import OPEN, Status
from gorder.payment.adapters.stripe_webhook import PAYING
from gorder.runtime.sns import SnsPublisher

_AWAITED = {"pending": OrderCreated, "paid": OrderPaid}
_UNFINISHED = [status.value for status in (*OPEN, Status.PAID)]


def redeliver(environment: Mapping[str, str], topic_arn: str) -> int:
    """Publish and send again; how many orders it was about."""
    with MongoClient[dict[str, Any]](environment["GORDER_MONGO_URL"]) as client:
        shown = {"status": 1, "trace_id": 1}
        found = client.get_default_database()[COLLECTION].find(
            {"status": {"$in": _UNFINISHED}}, shown
        )
        orders = list(found)
    topic = SnsPublisher(sam.client("sns", environment["AWS_ENDPOINT_URL"]), topic_arn)
    topic.publish(_events(orders))
    if environment["STRIPE_API_BASE"] == API_BASE:
        say("  ! for payments that were on their way: stripe events resend <event id>")
    else:
        _resend_payments(environment, {order["_id"] for order in orders})
    return len(orders)


def _events(orders: Iterable[dict[str, Any]]) -> Iterable[Event]:
    for order in orders:
        if kind := _AWAITED.get(order["status"]):
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
            httpx.post(f"{base}/_test/events/{event.id}/resend", timeout=10).raise_for_status()
