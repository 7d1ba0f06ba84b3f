"""Documents that cannot be read, on a real server: younger orders and their holds go on."""

from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo.collection import Collection

from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.errors import OrderUnreadableError
from gorder.runtime.clock import utc_now
from gorder.stock.model import Hold
from tests.compatibility.consumers import assert_no_alarm
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, paid, pending
from tests.unit.runtime.conftest import Lines

pytestmark = pytest.mark.servers

MISSING = "(missing)"
BROKEN: list[dict[str, Any]] = [
    {"customer_id": MISSING},  # a missing field
    {"history": MISSING},
    {"payment": MISSING},
    {"version": "one"},  # a wrong type
    {"lines": "two soups"},
    {"lines": [{"product_id": "soup"}]},
    {"payments": ["pi_1"]},
    {"trace_id": None},  # null
    {"history": None},
    {"lines": [None]},
    {"checkout.session_id": {"of": ["any", 1]}},  # an unknown shape
]
PENDING = to_document(pending())
PAID = to_document(paid()) | {"watch_at": NOON}


def broken(number: int, document: Document, at: datetime) -> list[Document]:
    """Return documents of each kind, with all times so that the sweep finds them first."""
    return [
        _changed(aged(document, f"broken-{n}", at), change)
        for n, change in enumerate(islice(cycle(BROKEN), number))
    ]


def aged(document: Document, order_id: str, at: datetime) -> Document:
    """Return the document with another id, due at that time."""
    old = document | {"_id": order_id, "checkout": document["checkout"] | {"expires_at": at}}
    old["outbox"] = [event | {"occurred_at": at} for event in document["outbox"]]
    return old | ({"watch_at": at} if document["watch_at"] else {})


def _changed(document: Document, change: dict[str, Any]) -> Document:
    for path, value in change.items():
        first, _, second = path.partition(".")
        if value is MISSING:
            del document[first]
        elif second:
            document[first] = document[first] | {second: value}
        else:
            document[first] = value
    return document


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_each_kind_of_document_is_a_defect_that_names_the_order(
    collection: Collection[Document], change: dict[str, Any]
) -> None:
    collection.insert_one(_changed(aged(PENDING, ORDER_ID, NOON), change))

    with pytest.raises(OrderUnreadableError, match=f"order {ORDER_ID} cannot be read") as caught:
        MongoOrders(lambda: collection).get(ORDER_ID)

    assert "two soups" not in str(caught.value)


@pytest.mark.parametrize("number", [60, 250])
def test_younger_orders_are_delivered_and_expired(
    deployment: FakeDeployment, collection: Collection[Document], number: int, log: Lines
) -> None:
    now = utc_now()
    documents = broken(number, PENDING, now - timedelta(hours=2))
    documents.append(aged(PENDING, "younger", now - timedelta(hours=1)))
    documents.append(aged(PENDING, "", now - timedelta(hours=2)) | {"_id": ObjectId()})
    collection.insert_many(documents)

    assert deployment.call("sweep", {}) == {"failed": 0}

    assert deployment.bus.types == ["order.created", "order.expired"]
    assert {event.data.order_id for event in deployment.bus.published} == {"younger"}
    lines = log()
    reasons = {line["order_id"]: line["reason"] for line in lines if "reason" in line}
    assert len(reasons) == number + 1
    assert "customer_id: missing" in reasons["broken-0"]
    assert "lines: must be a valid list" in reasons["broken-4"]
    assert_no_alarm(lines)


@pytest.mark.parametrize("number", [60, 250])
def test_younger_orders_are_resumed(
    deployment: FakeDeployment, collection: Collection[Document], number: int
) -> None:
    now = utc_now()
    hold(deployment, {"younger": now + timedelta(hours=1)})
    collection.insert_many(
        [
            *broken(number, PAID, now - timedelta(hours=2)),
            aged(PAID, "younger", now - timedelta(hours=1)),
        ]
    )

    assert deployment.call("sweep", {}) == {"failed": 0}

    assert deployment.bus.types == ["order.paid"]
    assert {event.data.order_id for event in deployment.bus.published} == {"younger"}


@pytest.mark.parametrize("number", [60, 250])
def test_holds_of_younger_orders_are_settled(
    deployment: FakeDeployment, collection: Collection[Document], number: int
) -> None:
    now = utc_now()
    open_until = now + timedelta(minutes=20)
    documents = broken(number, PENDING, now - timedelta(hours=2))
    collection.insert_many([*documents, aged(PENDING, "younger", open_until)])
    deployment.stock.run(lambda stock: stock.receive("more", "soup", 2 * number))
    deployment.stock.run(lambda stock: stock.receive("more", "bread", number))
    ended = {document["_id"]: now - timedelta(hours=1) for document in documents}
    hold(deployment, ended | {"orphan": now - timedelta(minutes=10)})
    hold(deployment, {"younger": now - timedelta(minutes=9)})

    assert deployment.call("sweep", {}) == {"failed": 0}

    ids = [*ended, "orphan", "younger"]
    found = deployment.stock.run(lambda stock: stock.reservations(ids))
    held = {order_id for order_id, reservation in found.items() if reservation.is_held}
    assert held == {"younger"}
    assert found["younger"].expires_at >= open_until.replace(microsecond=0)


def test_a_corrected_document_is_processed_within_minutes(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    old = utc_now() - timedelta(hours=1)
    collection.insert_one(_changed(aged(PENDING, ORDER_ID, old), {"customer_id": MISSING}))
    deployment.call("sweep", {})
    collection.update_one({"_id": ORDER_ID}, {"$set": {"customer_id": "ann"}})
    deployment.call("sweep", {})
    assert deployment.bus.types == []

    until = collection.find_one({"_id": ORDER_ID}) or {}
    assert until["postponed"]["until"] - utc_now() < timedelta(minutes=2)
    past = {"postponed.at": old, "postponed.until": old}
    collection.update_one({"_id": ORDER_ID}, {"$set": past})
    deployment.call("sweep", {})

    assert deployment.bus.types == ["order.created", "order.expired"]


@pytest.mark.parametrize("value", [None, "later", {"until": "later"}, [1]])
def test_any_value_in_place_of_the_postponement_is_replaced(
    collection: Collection[Document], value: object
) -> None:
    orders = MongoOrders(lambda: collection)
    collection.insert_one(aged(PENDING, ORDER_ID, NOON) | {"postponed": value})

    orders.postpone(ORDER_ID, NOON)

    [stored] = collection.find()
    assert stored["postponed"] == {"at": NOON, "until": NOON + timedelta(minutes=2)}


def hold(deployment: FakeDeployment, until: dict[str, datetime]) -> None:
    """Hold what each order has in its document."""
    units = {"soup": 2, "bread": 1}
    for order_id, at in until.items():
        held = deployment.stock.try_hold([Hold(order_id, units, at)], wait=True)
        assert "Held" in type(held).__name__
