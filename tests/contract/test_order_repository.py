"""What every order store must do, asked of the one in memory and the one on MongoDB's wire."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from devstack.documentdb import refused
from devstack.state import free_port
from gorder.clients.mongo import mongo_client
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.model import Order, OutboxEvent
from gorder.order.ports import OrderMissingError, OrderStoreUnavailableError
from tests.contract.documentdb import DocumentDBGuard
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    CUSTOMER_ID,
    PAGE_URL,
    PAID,
    SESSION_ID,
    payment,
    pending,
)
from tests.fakes.faults import Mishap
from tests.fakes.orders import MemoryOrders

type Store = MemoryOrders | MongoOrders
BOTH = ["memory", pytest.param("mongo", marks=pytest.mark.servers)]
BUYERS = 8
LONG_AGO = NOON - timedelta(days=1)  # before the orders of the other tests


@pytest.fixture(scope="module")
def guard() -> DocumentDBGuard:
    """Sees every command of this module."""
    return DocumentDBGuard()


@pytest.fixture(scope="module")
def database(mongo_url: str, guard: DocumentDBGuard) -> Iterator[Database[Document]]:
    """A database with its indexes, watched by the guard."""
    client: MongoClient[Document] = MongoClient(
        mongo_url, retryWrites=False, tz_aware=True, event_listeners=[guard]
    )
    with client:
        database = client.get_default_database()
        ensure_indexes(database)
        yield database


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryOrders()
    database: Database[Document] = request.getfixturevalue("database")
    return MongoOrders(lambda: database[COLLECTION])


def new_order() -> Order:
    """A pending order with an id nobody else uses."""
    return pending(uuid4().hex)


def story(order: Order) -> list[Order]:
    """The order at every point of its story, with and without each of its parts."""
    at = NOON + timedelta(milliseconds=1)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, at)
    paid = waiting.pay(payment(), PAID)
    free = order.pay(replace(payment(), payment_intent_id=None), PAID)
    cancelled = waiting.cancel(OutboxEvent("cancelled", "order.cancelled", at))
    planned = order.retry_checkout(1, at)
    expired = planned.expire(OutboxEvent("expired", "order.expired", at))
    return [order, planned, waiting, paid, free, paid.cook(COOKED), cancelled, expired]


@pytest.mark.parametrize("point", range(8))
def test_an_order_comes_back_as_it_was_saved(store: Store, point: int) -> None:
    order = story(new_order())[point]

    store.add(order)

    assert store.get(order.order_id) == order


def test_an_insert_whose_answer_got_lost_can_be_repeated(store: Store) -> None:
    order = new_order()
    first = store.add(order)

    again = store.add(replace(order, trace_id="another"))

    assert (first, again) == (True, False)
    assert store.get(order.order_id) == order


def test_an_order_that_was_never_saved_is_missing(store: Store) -> None:
    with pytest.raises(OrderMissingError, match="nobody"):
        store.get("nobody")


def test_an_order_is_replaced_by_its_next_state(store: Store) -> None:
    order = new_order()
    store.add(order)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)

    assert store.replace(order, waiting)

    assert store.get(order.order_id) == waiting


def test_an_old_state_replaces_nothing(store: Store) -> None:
    order = new_order()
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)
    store.add(waiting)

    assert not store.replace(order, order.retry_checkout(1, NOON))

    assert store.get(order.order_id) == waiting


def test_what_was_never_saved_is_not_replaced(store: Store) -> None:
    order = new_order()

    assert not store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)


def test_of_many_that_change_an_order_at_once_one_wins(store: Store) -> None:
    order = new_order()
    store.add(order)
    starting_line = Barrier(BUYERS)

    def change(number: int) -> Order | None:
        after = order.await_payment(f"cs_{number}", f"https://pay.example/{number}", NOON)
        starting_line.wait(timeout=10)
        return after if store.replace(order, after) else None

    with ThreadPoolExecutor(BUYERS) as pool:
        winners = [after for after in pool.map(change, range(BUYERS)) if after]

    assert winners == [store.get(order.order_id)]


def test_delivered_events_leave_the_outbox(store: Store) -> None:
    order = new_order().pay(payment(), PAID)
    store.add(order)

    store.acknowledge(order.order_id, [CREATED.event_id, "unknown"])
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.get(order.order_id) == replace(order, outbox=(PAID,))


def test_an_acknowledgement_does_not_lose_a_change_to_come(store: Store) -> None:
    order = new_order()
    store.add(order)
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))


def test_acknowledging_what_was_never_saved_changes_nothing(store: Store) -> None:
    order = new_order()

    store.acknowledge(order.order_id, ["event"])

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)


def test_an_order_is_shown_to_its_customer_only(store: Store) -> None:
    order = new_order().await_payment(SESSION_ID, PAGE_URL, NOON)
    store.add(order)

    view = store.find(CUSTOMER_ID, order.order_id)

    assert view is not None
    assert (view.order_id, view.customer_id) == (order.order_id, CUSTOMER_ID)
    assert (view.status, view.payment_link) == ("waiting_for_payment", PAGE_URL)
    assert (view.lines, view.history) == (order.lines, order.history)
    assert (view.amount_total, view.currency) == (order.amount_total, order.currency)
    assert store.find("bob", order.order_id) is None
    assert store.find(CUSTOMER_ID, "nobody") is None


def test_there_is_no_link_before_the_page(store: Store) -> None:
    order = new_order()
    store.add(order)

    view = store.find(CUSTOMER_ID, order.order_id)

    assert view is not None
    assert view.payment_link is None


def left_behind(minutes: float) -> Order:
    """An order with events of that age at noon, in a time of its own."""
    at = LONG_AGO - timedelta(minutes=minutes)
    return replace(new_order(), outbox=(OutboxEvent("b", "order.created", at), CREATED))


def test_events_left_behind_are_found_oldest_first(store: Store) -> None:
    old, older, young = (left_behind(minutes) for minutes in (1, 2, 0))
    delivered = left_behind(3).delivered(["b"])
    for order in (old, older, young, delivered):
        store.add(order)

    assert store.undelivered(LONG_AGO, 50) == [older, old]
    assert store.undelivered(LONG_AGO, 1) == [older]

    for order in (old, older, young):
        store.acknowledge(order.order_id, ["b"])
    assert store.undelivered(LONG_AGO, 50) == []


def test_open_orders_whose_time_has_passed_are_found_longest_overdue_first(store: Store) -> None:
    at = LONG_AGO - timedelta(minutes=1)
    times = [at, at - timedelta(minutes=1), LONG_AGO]
    late, later, in_time = (new_order().retry_checkout(1, time) for time in times)
    waiting = later.await_payment(SESSION_ID, PAGE_URL, at)
    paid = new_order().retry_checkout(1, at).pay(payment(), PAID)
    closed = new_order().retry_checkout(1, at)
    closed = closed.cancel(OutboxEvent("c", "order.cancelled", at))
    for order in (late, waiting, in_time, paid, closed):
        store.add(order)

    assert store.overdue(LONG_AGO, 50) == [waiting.order_id, late.order_id]
    assert store.overdue(LONG_AGO, 1) == [waiting.order_id]


OPERATIONS: dict[str, Callable[[Store], object]] = {
    "add": lambda store: store.add(pending()),
    "get": lambda store: store.get("x"),
    "replace": lambda store: store.replace(pending(), pending()),
    "undelivered": lambda store: store.undelivered(NOON, 1),
    "overdue": lambda store: store.overdue(NOON, 1),
    "acknowledge": lambda store: store.acknowledge("x", ["y"]),
    "find": lambda store: store.find("x", "y"),
}


@pytest.fixture(scope="module")
def store_of_nobody() -> Iterator[MongoOrders]:
    """A store at an address where no server is."""
    url = f"mongodb://127.0.0.1:{free_port(set())}/gorder"
    client: MongoClient[Document] = MongoClient(url, serverSelectionTimeoutMS=50)
    with client:
        yield MongoOrders(lambda: client.get_default_database()[COLLECTION])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def test_a_store_that_is_down_says_so(
    kind: str, operation: str, store_of_nobody: MongoOrders
) -> None:
    memory = MemoryOrders()
    memory.faults.next(Mishap.FAILS)
    store: Store = memory if kind == "memory" else store_of_nobody

    with pytest.raises(OrderStoreUnavailableError):
        OPERATIONS[operation](store)


@pytest.mark.servers
def test_indexes_may_be_made_twice_and_by_two_at_once(mongo_url: str) -> None:
    with mongo_client(mongo_url) as client:
        database = client[f"{client.get_default_database().name}_indexes"]
        starting_line = Barrier(4)

        def make(_number: int) -> list[str]:
            starting_line.wait(timeout=10)
            return ensure_indexes(database)

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(make, range(4)))

        assert made == [ensure_indexes(database)] * 4
        assert set(database[COLLECTION].index_information()) == {"_id_", *made[0]}
        client.drop_database(database.name)


@pytest.mark.parametrize(
    ("command", "named"),
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
def test_the_guard_knows_what_documentdb_lacks(command: dict[str, object], named: str) -> None:
    [found] = refused(next(iter(command)), command)

    assert found.startswith(named)


@pytest.mark.servers
def test_nothing_asked_here_is_refused_by_documentdb(
    database: Database[Document], guard: DocumentDBGuard
) -> None:
    store = MongoOrders(lambda: database[COLLECTION])
    order = new_order()
    store.add(order)
    store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))
    store.acknowledge(order.order_id, [CREATED.event_id])
    store.find(CUSTOMER_ID, order.order_id)

    assert {"createIndexes", "insert", "find", "update"} <= set(guard.commands)
    assert guard.refused == []


@pytest.mark.servers
def test_the_local_server_refuses_what_documentdb_lacks(
    store_urls: dict[str, str], documentdb: DocumentDBGuard
) -> None:
    """Whoever asks, from whatever process: the functions of the local cloud too."""
    if "GORDER_MONGO_URL" in os.environ:
        pytest.skip("the server given by GORDER_MONGO_URL is another")
    name = f"gorder_{uuid4().hex[:12]}"
    with mongo_client(store_urls["GORDER_MONGO_URL"]) as client:
        for ask in (
            lambda: client[name].orders.find_one({"$expr": {"$eq": [1, 1]}}),
            lambda: client[name].orders.update_one({}, [{"$set": {"a": 1}}]),
            lambda: list(client[name].orders.aggregate([{"$facet": {"a": []}}])),
        ):
            with pytest.raises(OperationFailure, match="not supported by DocumentDB") as refusal:
                ask()
            assert refusal.value.code == 303
    assert len(documentdb.refused) == 3
    documentdb.refused.clear()
