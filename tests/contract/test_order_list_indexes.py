"""The lists of staff on a real server: along which index, and with documents changed by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from bson.datetime_ms import DatetimeMS
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_lists import lenient, to_record
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.records import OrderFilter
from gorder.order.status import Status
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.mongo_finds import Finds
from tests.fakes.clock import NOON
from tests.fakes.examples import CUSTOMER_ID, ORDER_ID, paid, pending

pytestmark = pytest.mark.servers

FILTERS: dict[str, list[dict[str, Any]]] = {
    "status": [{}, {"statuses": (Status.PAID,)}, {"statuses": (Status.PAID, Status.PENDING)}],
    "customer": [{}, {"customer_id": CUSTOMER_ID}],
    "from": [{}, {"placed_from": NOON - timedelta(days=1)}],
    "until": [{}, {"placed_until": NOON + timedelta(days=1)}],
}
COMBINATIONS = [a | b | c | d for a, b, c, d in product(*FILTERS.values())]


@pytest.fixture(scope="module")
def orders(database: Database[Document]) -> Iterator[Collection[Document]]:
    """Orders in a database of their own."""
    own = database.client[f"{database.name}_staff"]
    ensure_indexes(own)
    yield own[COLLECTION]
    own.client.drop_database(own.name)


def test_every_list_is_read_along_an_index(
    orders: Collection[Document], mongo_url: str, guard: DocumentDBGuard
) -> None:
    finds = Finds()
    client: MongoClient[Document] = MongoClient(
        mongo_url, tz_aware=True, retryWrites=False, event_listeners=[finds, guard]
    )
    with client:
        store = MongoOrders(lambda: client[orders.database.name][COLLECTION])
        for n in range(4):
            orders.insert_one(to_document((paid if n % 2 else pending)()) | {"_id": f"{n}"})
        for filters in COMBINATIONS:
            for after in (None, "2"):
                wanted = OrderFilter(**filters)
                store.list_placed(wanted, 2, after)
                store.list_placed(wanted, 2, after, oldest_first=True)
                store.list_stuck(wanted, NOON + timedelta(days=1), 2, after)

    plans = finds.plans(orders.database)
    assert len(plans) > len(COMBINATIONS) * 10
    assert not [plan for plan in plans if "COLLSCAN" in plan]
    assert not [find for find in finds.sent if "hint" not in find and "_id" not in find["filter"]]
    sorted_finds = [find for find in finds.sent if "sort" in find]
    fields = [(find["sort"], find["hint"]) for find in sorted_finds]
    for sort, hint in fields:  # the index has the sequence, and its first fields have one value
        assert [*sort] == [name for name in hint if name not in {"status", "customer_id"}]
    for find in sorted_finds:
        first = next(iter(find["hint"]))
        assert first == "placed_at" or isinstance(find["filter"][first], str)
    assert guard.refused == []


def test_documents_that_cannot_be_read_are_listed(orders: Collection[Document]) -> None:
    orders.delete_many({})
    readable = to_document(pending())
    later = {"_id": ObjectId(), "placed_at": NOON + timedelta(minutes=2)}
    orders.insert_many(
        [
            readable,
            {name: v for name, v in readable.items() if name != "customer_id"}
            | {"_id": "b", "placed_at": NOON + timedelta(minutes=1)},
            readable | later | {"history": [{"status": "pending", "at": "noon"}]},
            {"_id": "c", "placed_at": NOON - timedelta(minutes=1), "status": 7},
        ]
    )
    store = MongoOrders(lambda: orders)

    found = store.list_placed(OrderFilter(), 9)

    assert [record.order_id for record in found] == [str(later["_id"]), "b", ORDER_ID, "c"]
    assert [record.order is None for record in found] == [True, True, False, True]
    assert "history.0.at: must be a valid datetime" in (found[0].unreadable or "")
    assert found[1].unreadable == "customer_id: missing"
    assert (found[0].customer_id, found[1].customer_id) == (CUSTOMER_ID, None)
    assert "status: must be a valid string" in (found[3].unreadable or "")


def test_a_document_that_cannot_be_read_and_is_overdue_is_stuck(
    orders: Collection[Document],
) -> None:
    orders.delete_many({})
    now = NOON + timedelta(days=1)
    broken = {name: v for name, v in to_document(pending()).items() if name != "trace_id"}
    undated = {name: v for name, v in broken.items() if name != "placed_at"}
    orders.insert_many([broken, undated | {"_id": "undated"}, undated | {"_id": ObjectId()}])
    store = MongoOrders(lambda: orders)

    first = store.list_stuck(OrderFilter(), now, 2)
    rest = store.list_stuck(OrderFilter(), now, 2, first[-1].order_id)

    assert first[0].order_id == ORDER_ID
    assert {first[1].order_id, *(record.order_id for record in rest)} >= {"undated"}
    assert first[0].stuck_reason(now) == (
        "Its document cannot be read: trace_id: missing; repair it: gorder orders repair."
    )


def test_a_time_at_the_end_of_the_calendar_does_not_break_a_list(
    orders: Collection[Document],
) -> None:
    orders.delete_many({})
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    for number, at in enumerate((last, "later", None)):
        orders.insert_one(to_document(pending()) | {"_id": f"{number}", "placed_at": at})

    [found] = MongoOrders(lambda: orders).list_placed(OrderFilter(), 9)

    assert (found.order_id, found.placed_at) == ("0", last)


def test_a_time_after_the_calendar_and_a_broken_text_are_decoded() -> None:
    options: CodecOptions[Document] = CodecOptions(tz_aware=True)
    broken = {"history": [{"status": "pending", "at": DatetimeMS(10**15)}], "trace_id": "xxxx"}
    stored = bson.encode(to_document(pending()) | broken).replace(b"xxxx", b"\xff\xfexx")

    record = to_record(bson.decode(stored, lenient(options)))

    assert (record.order, record.unreadable) == (None, "history.0.at: must be a valid datetime")
    assert record.placed_at == NOON
