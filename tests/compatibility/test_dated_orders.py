"""Orders of release 0.1, which writes no time when they were placed, on a real server."""

from datetime import timedelta
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection

from gorder.order.adapters.mongo_backfill import BATCH
from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_placed import date_orders
from gorder.order.changes import OutboxEvent
from gorder.order.records import OrderFilter
from gorder.runtime.clock import utc_now
from tests.compatibility.frozen import read
from tests.contract.mongo_finds import Finds
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, pending

pytestmark = pytest.mark.servers

FROZEN = read("orders.json")
LIST: dict[str, Any] = {"command": "list_orders"}


def undated(order_id: str) -> Document:
    document = to_document(pending())
    del document["placed_at"]
    return document | {"_id": order_id}


def listed(deployment: FakeDeployment, **filters: object) -> list[str]:
    answer = deployment.call("back_office", LIST | filters)
    return [order["order_id"] for order in answer["orders"]]


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_an_order_of_release_0_1_is_listed_after_migrate(
    deployment: FakeDeployment, collection: Collection[Document], name: str
) -> None:
    collection.insert_one(FROZEN[name])
    assert listed(deployment) == []

    assert date_orders(collection, utc_now()) == 1
    assert date_orders(collection, utc_now()) == 0

    placed_at = FROZEN[name]["history"][0]["at"]
    assert collection.find_one() == FROZEN[name] | {"placed_at": placed_at}
    [order] = deployment.call("back_office", LIST)["orders"]
    assert (order["order_id"], order["status"]) == (FROZEN[name]["_id"], FROZEN[name]["status"])
    assert order["placed_at"] == placed_at.isoformat().replace("+00:00", "Z")
    assert listed(deployment, status=[order["status"]]) == [order["order_id"]]
    assert listed(deployment, customer_id=order["customer_id"]) == [order["order_id"]]
    [story] = deployment.call("back_office", {"command": "export_orders"})["orders"]
    assert story["order_id"] == order["order_id"]


def test_an_order_that_is_written_during_a_deployment_is_listed_after_the_next_migrate(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    collection.insert_one(undated("before"))
    assert date_orders(collection, utc_now()) == 1
    collection.insert_one(undated("meanwhile"))
    assert listed(deployment) == ["before"]

    assert date_orders(collection, utc_now()) == 1

    assert listed(deployment) == ["meanwhile", "before"]


def test_the_next_write_of_this_release_dates_an_order(collection: Collection[Document]) -> None:
    collection.insert_one(undated(ORDER_ID))
    store = MongoOrders(lambda: collection)
    order = store.get(ORDER_ID)

    assert store.replace(order, order.cancel(OutboxEvent("c", "order.cancelled", NOON)))

    assert [record.placed_at for record in store.list_placed(OrderFilter(), 1)] == [NOON]


def test_a_stuck_order_is_listed_before_migrate(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    collection.insert_one(
        undated(ORDER_ID)
        | {"outbox": [], "checkout": {"attempt": 1, "expires_at": utc_now() - timedelta(hours=1)}}
    )

    assert listed(deployment, stuck=True) == [ORDER_ID]
    assert listed(deployment, stuck=True, after=ORDER_ID) == []


def test_more_orders_than_one_batch_are_dated_beside_unreadable_ones(
    collection: Collection[Document],
) -> None:
    now = utc_now().replace(microsecond=0)
    broken: list[Document] = [
        undated("no history") | {"history": None},
        undated("no time") | {"history": [{"status": "pending", "at": "noon"}]},
        undated("") | {"_id": ObjectId(), "history": []},
    ]
    collection.insert_many([*broken, *(undated(f"{n}") for n in range(BATCH + 1))])

    assert date_orders(collection, now) == BATCH + 4
    assert date_orders(collection, now) == 0

    first = MongoOrders(lambda: collection).list_placed(OrderFilter(), 3)
    assert {record.order_id for record in first} == {str(each["_id"]) for each in broken}
    assert [record.placed_at for record in first] == [now] * 3


def test_undated_orders_are_found_along_an_index(
    collection: Collection[Document], mongo_url: str
) -> None:
    finds = Finds()
    client: MongoClient[Document] = MongoClient(mongo_url, tz_aware=True, event_listeners=[finds])
    with client:
        date_orders(client.get_default_database()[COLLECTION], NOON)

    [plan] = finds.plans(collection.database)
    assert "COLLSCAN" not in plan
