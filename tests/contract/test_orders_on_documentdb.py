"""The MongoDB adapter sends what DocumentDB supports, and its indexes can be created again."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from pymongo.database import Database
from pymongo.errors import OperationFailure

from devstack.documentdb import refused
from gorder.clients.mongo import mongo_client
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_unmatched import UNMATCHED
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.stored_orders import new_order
from tests.fakes.clock import NOON
from tests.fakes.examples import CREATED, PAGE_URL, SESSION_ID, payment


@pytest.mark.servers
def test_indexes_can_be_created_again_and_concurrently(mongo_url: str) -> None:
    with mongo_client(mongo_url) as client:
        database = client[f"{client.get_default_database().name}_indexes"]
        barrier = Barrier(4)

        def ensure(_number: int) -> list[str]:
            barrier.wait(timeout=10)
            return ensure_indexes(database)

        with ThreadPoolExecutor(4) as pool:
            created = list(pool.map(ensure, range(4)))

        assert created == [ensure_indexes(database)] * 4
        made = [database[name].index_information() for name in (COLLECTION, UNMATCHED)]
        names = {name for indexes in made for name in indexes}
        assert names == {"_id_", *created[0]}
        client.drop_database(database.name)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({"find": "orders", "filter": {"$expr": {}}}, "find: $expr"),
        ({"aggregate": "orders", "pipeline": [{"$facet": {}}]}, "aggregate: $facet"),
        ({"update": "orders", "updates": [{"q": {}, "u": [{"$set": {}}]}]}, "update: an update"),
        ({"findAndModify": "orders", "update": [{"$set": {}}]}, "findAndModify: an update"),
        ({"find": "orders", "collation": {}}, "find: collation"),
        ({"insert": "orders", "documents": [], "txnNumber": 1}, "insert: txnNumber"),
        (
            {"createIndexes": "orders", "indexes": [{"partialFilterExpression": {}}]},
            "createIndexes: partialFilterExpression",
        ),
    ],
)
def test_the_guard_reports_what_documentdb_does_not_support(
    command: dict[str, object], expected: str
) -> None:
    [found] = refused(next(iter(command)), command)

    assert found.startswith(expected)


@pytest.mark.servers
def test_documentdb_supports_every_command_of_the_store(
    database: Database[Document], guard: DocumentDBGuard
) -> None:
    store = MongoOrders(lambda: database[COLLECTION])
    order = new_order()
    store.add(order)
    store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))
    store.acknowledge(order.order_id, [CREATED.event_id])
    store.postpone(order.order_id, NOON)
    store.oldest_undelivered(NOON)
    store.undelivered(NOON, 1)
    store.keep_unmatched("missing", payment(intent="pi_guarded"), NOON)
    store.unmatched_payments(1, "pi_guarded")

    assert {"createIndexes", "insert", "find", "update"} <= set(guard.commands)
    assert guard.refused == []


@pytest.mark.servers
def test_the_local_server_refuses_what_documentdb_does_not_support(
    store_urls: dict[str, str], documentdb: DocumentDBGuard
) -> None:
    """The server refuses it for every client, including the functions of the local cloud."""
    if "GORDER_MONGO_URL" in os.environ:
        pytest.skip("GORDER_MONGO_URL replaces the local server")
    name = f"gorder_{uuid4().hex[:12]}"
    with mongo_client(store_urls["GORDER_MONGO_URL"]) as client:
        for command in (
            lambda: client[name].orders.find_one({"$expr": {"$eq": [1, 1]}}),
            lambda: client[name].orders.update_one({}, [{"$set": {"a": 1}}]),
            lambda: list(client[name].orders.aggregate([{"$facet": {"a": []}}])),
        ):
            with pytest.raises(OperationFailure, match="not supported by DocumentDB") as refusal:
                command()
            assert refusal.value.code == 303
    assert len(documentdb.refused) == 3
    documentdb.refused.clear()
