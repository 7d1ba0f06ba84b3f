"""Paid orders of release 0.1, which sets no time to look at them, on a real server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from gorder.order.adapters.mongo_backfill import BATCH
from gorder.order.adapters.mongo_documents import Document, to_document, to_order
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_watch import watch_paid_orders
from gorder.order.reconciliation import receive
from gorder.order.watch import watch_at
from gorder.runtime.clock import utc_now
from tests.compatibility.frozen import read
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import EVENTS, ORDER_ID, cooking, paid, payment
from tests.unit.runtime.conftest import Lines

pytestmark = pytest.mark.servers

FROZEN = read("orders.json")
PAID = FROZEN["paid"]
DISPUTED = receive(paid(), replace(payment(), dispute="open"), EVENTS, has_units=True)
COOKED_BY_0_1 = {
    "$set": {"status": "cooked", "version": PAID["version"] + 1},
    "$push": {"history": {"status": "cooked", "at": NOON + timedelta(minutes=3)}},
}


def without_time(document: Document, order_id: str) -> Document:
    return {name: value for name, value in document.items() if name != "watch_at"} | {
        "_id": order_id
    }


def stored(collection: Collection[Document], order_id: str = ORDER_ID) -> dict[str, Any]:
    return collection.find_one({"_id": order_id}) or {}


@pytest.mark.parametrize("name", ["paid", "paid without a payment intent"])
def test_a_paid_order_of_release_0_1_is_watched(
    collection: Collection[Document], name: str
) -> None:
    collection.insert_one(FROZEN[name])

    assert watch_paid_orders(collection) == 1
    assert watch_paid_orders(collection) == 0

    expected = watch_at(to_order(FROZEN[name]))
    assert expected
    assert stored(collection) == FROZEN[name] | {"watch_at": expected}
    assert MongoOrders(lambda: collection).unfinished(expected, 1) == []
    late = expected + timedelta(seconds=1)
    assert MongoOrders(lambda: collection).unfinished(late, 1) == [ORDER_ID]


def test_orders_that_are_being_cooked_or_disputed_are_watched(
    collection: Collection[Document],
) -> None:
    for order_id, order in {"cooking": cooking(), "disputed": DISPUTED}.items():
        collection.insert_one(without_time(to_document(order), order_id))

    assert watch_paid_orders(collection) == 2

    assert stored(collection, "cooking")["watch_at"] == watch_at(cooking())
    assert stored(collection, "disputed")["watch_at"] == watch_at(DISPUTED)


@pytest.mark.parametrize("name", sorted(FROZEN.keys() - {"paid", "paid without a payment intent"}))
def test_other_orders_stay_as_they_are(collection: Collection[Document], name: str) -> None:
    collection.insert_one(FROZEN[name])

    assert watch_paid_orders(collection) == 0

    assert stored(collection) == FROZEN[name]


def test_a_time_that_is_set_stays(collection: Collection[Document]) -> None:
    collection.insert_one(PAID | {"watch_at": NOON})

    assert watch_paid_orders(collection) == 0

    assert stored(collection)["watch_at"] == NOON


def test_more_orders_than_one_batch_are_watched_beside_unreadable_ones(
    collection: Collection[Document],
) -> None:
    documents = [PAID | {"_id": f"paid-{n}"} for n in range(2 * BATCH + 1)]
    broken = [PAID | {"_id": "broken", "history": None}, PAID | {"_id": "later", "lines": 1}]
    collection.insert_many([*broken, *documents])

    assert watch_paid_orders(collection) == len(documents)
    assert watch_paid_orders(collection) == 0

    assert collection.count_documents({"watch_at": {"$exists": True}}) == len(documents)


def test_an_order_of_a_time_near_the_last_year_does_not_stop_the_others(
    collection: Collection[Document],
) -> None:
    late = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    history = [*PAID["history"][:-1], {"status": "paid", "at": late}]
    collection.insert_many([PAID | {"history": history}, PAID | {"_id": "next"}])

    assert watch_paid_orders(collection) == 2
    assert watch_paid_orders(collection) == 0


def test_the_next_write_of_release_0_1_succeeds_and_its_order_is_resumed_no_more(
    deployment: FakeDeployment, collection: Collection[Document], log: Lines
) -> None:
    """It keeps the time, which it does not know. The sweep removes it."""
    collection.insert_one(PAID)
    watch_paid_orders(collection)

    wanted = {"_id": ORDER_ID, "status": "paid", "version": PAID["version"]}
    assert collection.update_one(wanted, COOKED_BY_0_1).matched_count == 1
    collection.update_one({"_id": ORDER_ID}, {"$set": {"outbox": []}})
    assert MongoOrders(lambda: collection).unfinished(utc_now(), 1) == [ORDER_ID]
    assert deployment.call("sweep", {}) == {"failed": 0}

    assert stored(collection)["watch_at"] is None
    assert stored(collection)["status"] == "cooked"
    assert deployment.bus.types == []
    assert "sweep.listed_again" not in [line.get("message") for line in log()]


class AnotherWriter(CommandListener):
    """Writes the order each time that orders were found."""

    def __init__(self, collection: Collection[Document]) -> None:
        self._collection = collection

    def started(self, event: CommandStartedEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name == "find":
            change = {"$set": {"version": PAID["version"] + 1, "resumed": 1}}
            self._collection.update_one({"_id": ORDER_ID}, change)


def test_an_order_that_is_written_meanwhile_stays_as_it_is(
    collection: Collection[Document], mongo_url: str
) -> None:
    collection.insert_one(PAID)
    client: MongoClient[Document] = MongoClient(
        mongo_url, tz_aware=True, event_listeners=[AnotherWriter(collection)]
    )
    with client:
        assert watch_paid_orders(client.get_default_database()[COLLECTION]) == 0

    assert stored(collection) == PAID | {"version": PAID["version"] + 1, "resumed": 1}
