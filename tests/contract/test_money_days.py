"""Contract of the order store: the orders of a report, for the fake and for MongoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from gorder.order.adapters.mongo_backfill import BATCH
from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_money import set_money_days
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.sales import utc_day
from tests.contract.conftest import Store
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.mongo_finds import Finds
from tests.contract.stored_orders import new_order, paid_at
from tests.fakes.clock import NOON
from tests.fakes.examples import EVENTS, paid, pending, refund, waiting


@pytest.fixture
def day() -> datetime:
    """Return a day on which only one test is paid."""
    return NOON + timedelta(days=1000 + uuid4().int % 1_000_000)


def refunded_at(order: Order, *times: datetime) -> Order:
    [payment] = order.payments
    refunds = tuple(replace(refund(1, number=n), at=at) for n, at in enumerate(times))
    return receive(order, replace(payment, refunds=refunds), EVENTS, has_units=True)


def ids(store: Store, at: datetime, limit: int = 9, after: str | None = None) -> list[str]:
    return [record.order_id for record in store.list_money_day(utc_day(at), limit, after)]


def test_orders_are_listed_on_each_day_of_a_payment_or_a_refund(
    store: Store, day: datetime
) -> None:
    later = day + timedelta(days=3)
    order = paid_at(day)
    refunded = refunded_at(paid_at(day - timedelta(days=9)), day, later, later)
    store.add(order)
    store.add(refunded)
    store.add(replace(new_order(), history=order.history[:1]))

    assert ids(store, day) == sorted([order.order_id, refunded.order_id])
    assert ids(store, later) == [refunded.order_id]
    assert ids(store, day + timedelta(days=1)) == []
    [found] = store.list_money_day(utc_day(later), 1)
    assert found.order == refunded


def test_pages_follow_each_other_by_id(store: Store, day: datetime) -> None:
    orders = [paid_at(day) for _ in range(5)]
    for order in orders:
        store.add(order)
    wanted = sorted(order.order_id for order in orders)

    first = ids(store, day, 2)
    second = ids(store, day, 2, first[-1])

    assert (first, second) == (wanted[:2], wanted[2:4])
    assert ids(store, day, 2, second[-1]) == wanted[4:]
    assert ids(store, day, 2, wanted[-1]) == []


def test_a_write_adds_the_day(store: Store, day: datetime) -> None:
    order = paid_at(day)
    store.add(order)
    after = refunded_at(order, day + timedelta(days=2))

    assert store.replace(order, after)

    assert ids(store, day) == ids(store, day + timedelta(days=2)) == [order.order_id]


@pytest.fixture
def collection(database: Database[Document]) -> Iterator[Collection[Document]]:
    """Orders in a database of their own."""
    own = database.client[f"{database.name}_money"]
    ensure_indexes(own)
    yield own[COLLECTION]
    own.client.drop_database(own.name)


def without_days(document: Document, **changes: Any) -> Document:
    return {name: v for name, v in document.items() if name != "money_on"} | changes


@pytest.mark.servers
def test_orders_of_an_earlier_release_get_their_days_once(
    collection: Collection[Document],
) -> None:
    late = NOON + timedelta(days=5)
    collection.insert_many(
        [
            without_days(to_document(refunded_at(paid(), late))),
            without_days(to_document(pending("unpaid"))),
            without_days(to_document(paid()), _id="null", money_on=None),
            without_days(to_document(paid()), _id="broken", customer_id=7),
            without_days({"_id": "undated", "status": 7}),
        ]
    )
    collection.insert_many(
        without_days(to_document(waiting()), _id=f"w{n}") for n in range(BATCH + 1)
    )
    before = {found["_id"]: found for found in collection.find()}

    assert set_money_days(collection, NOON) == BATCH + 6
    assert set_money_days(collection, NOON) == 0

    after = {found["_id"]: found for found in collection.find()}
    days = {key: found.pop("money_on") for key, found in after.items()}
    assert after == {key: without_days(found) for key, found in before.items()}
    today = utc_day(NOON)
    assert days.pop(paid().order_id) == [today, utc_day(late)]
    assert (days.pop("null"), days.pop("unpaid")) == ([today], [])
    assert (days.pop("broken"), days.pop("undated")) == ([today], [today])
    assert set(map(str, days.values())) == {"[]"}
    store = MongoOrders(lambda: collection)
    named = {each.order_id for each in store.list_money_day(today, 9) if each.order is None}
    assert named == {"broken", "undated"}


@pytest.mark.servers
def test_the_next_write_corrects_days_that_an_earlier_release_left(
    collection: Collection[Document],
) -> None:
    collection.insert_one(to_document(paid()) | {"money_on": []})
    store = MongoOrders(lambda: collection)

    order = store.get(paid().order_id)
    assert store.replace(order, order.begin_cooking(NOON + timedelta(minutes=9)))

    assert ids(store, NOON) == [order.order_id]


@pytest.mark.servers
def test_the_orders_of_a_report_are_read_along_their_index(
    collection: Collection[Document], mongo_url: str, guard: DocumentDBGuard
) -> None:
    finds = Finds()
    client: MongoClient[Document] = MongoClient(
        mongo_url, tz_aware=True, retryWrites=False, event_listeners=[finds, guard]
    )
    with client:
        orders = client[collection.database.name][COLLECTION]
        orders.insert_one(without_days(to_document(paid())))
        set_money_days(orders, NOON)
        ids(MongoOrders(lambda: orders), NOON)
        ids(MongoOrders(lambda: orders), NOON, after="0")

    plans = finds.plans(collection.database)
    assert len(plans) == 3
    assert all("money_day" in plan and "COLLSCAN" not in plan for plan in plans)
    assert [*finds.sent[0]["hint"]] == ["money_on", "_id"]
    assert guard.refused == []
