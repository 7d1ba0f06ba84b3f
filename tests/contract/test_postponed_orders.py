"""Contract of the order store: what the sweep does with orders that fail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.changes import OutboxEvent
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from gorder.order.store_errors import OrderMissingError
from tests.contract.conftest import Store
from tests.contract.stored_orders import LONG_AGO, new_order, paid_at
from tests.fakes.clock import NOON
from tests.fakes.examples import CREATED, PAGE_URL, SESSION_ID
from tests.fakes.orders import MemoryOrders

if TYPE_CHECKING:
    from pymongo.database import Database

    from gorder.order.adapters.mongo_documents import Document

Finder = Callable[[Store, datetime, int], list[str]]
FINDERS: dict[str, tuple[Finder, Callable[[datetime], Order]]] = {
    "undelivered": (
        lambda store, before, limit: store.undelivered(before, limit),
        lambda at: replace(new_order(), outbox=(OutboxEvent("b", "order.created", at),)),
    ),
    "overdue": (
        lambda store, before, limit: store.overdue(before, limit),
        lambda at: new_order().delivered([CREATED.event_id]).retry_checkout(1, at),
    ),
    "unfinished": (
        lambda store, before, limit: store.unfinished(before, limit),
        lambda at: paid_at(at - timedelta(hours=1)),
    ),
}


def spoil(request: pytest.FixtureRequest, store: Store, order_id: str) -> None:
    """Remove a field that every order has."""
    if isinstance(store, MemoryOrders):
        store.unreadable.add(order_id)
        return
    database: Database[Document] = request.getfixturevalue("database")
    database[COLLECTION].update_one({"_id": order_id}, {"$unset": {"customer_id": 1}})


@pytest.mark.parametrize("name", FINDERS)
def test_an_order_that_cannot_be_read_is_listed_until_it_is_postponed(
    request: pytest.FixtureRequest, store: Store, name: str
) -> None:
    find, order_at = FINDERS[name]
    at = LONG_AGO - timedelta(days=30)
    first, second = order_at(at - timedelta(minutes=2)), order_at(at - timedelta(minutes=1))
    for order in (first, second):
        store.add(order)
    spoil(request, store, first.order_id)
    assert [n for n in find(store, at, 100) if n in {first.order_id, second.order_id}] == [
        first.order_id,
        second.order_id,
    ]

    with pytest.raises(OrderUnreadableError, match=rf"{first.order_id}.*customer_id: missing"):
        store.get(first.order_id)
    store.postpone(first.order_id, at)

    assert first.order_id not in find(store, at + timedelta(minutes=2), 100)
    assert second.order_id in find(store, at + timedelta(minutes=2), 100)
    assert first.order_id in find(store, at + timedelta(minutes=2, seconds=1), 100)


def test_each_postponement_in_a_row_is_longer(store: Store) -> None:
    order = new_order().retry_checkout(1, LONG_AGO - timedelta(days=40))
    store.add(order)
    at, lengths = LONG_AGO - timedelta(days=39), list[float]()
    second = timedelta(seconds=1)

    for _ in range(5):
        store.postpone(order.order_id, at)
        since = at
        while order.order_id not in store.overdue(at, 1000):
            at += second * 30
        lengths.append((at - since) / timedelta(minutes=1))
    at += timedelta(hours=1)
    store.postpone(order.order_id, at)

    assert lengths == [2.5, 4.5, 8.5, 8.5, 8.5]
    assert order.order_id in store.overdue(at + timedelta(minutes=2, seconds=1), 1000)


def test_a_postponed_order_is_the_same_and_can_be_changed(store: Store) -> None:
    order = new_order()
    store.add(order)

    store.postpone(order.order_id, NOON)

    assert store.get(order.order_id) == order
    assert store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))


def test_postponing_an_unknown_order_adds_nothing(store: Store) -> None:
    unknown = uuid4().hex

    store.postpone(unknown, NOON)

    with pytest.raises(OrderMissingError):
        store.get(unknown)


def test_the_oldest_event_is_found_in_postponed_orders_too(store: Store) -> None:
    before = LONG_AGO - timedelta(days=60)
    at = before - timedelta(minutes=5)
    order = replace(new_order(), outbox=(OutboxEvent("b", "order.created", at), CREATED))
    assert store.oldest_undelivered(before) is None
    store.add(order)
    store.postpone(order.order_id, before)

    assert store.oldest_undelivered(before) == at
    store.acknowledge(order.order_id, ["b"])
    assert store.oldest_undelivered(before) is None
