"""Contract of the order store, for the fake and for the MongoDB adapter."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
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
from gorder.order.adapters.mongo_orders import COLLECTION, UNMATCHED, MongoOrders
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.checkout import refuse
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.ports import (
    OrderMissingError,
    OrderStoreUnavailableError,
    OrderStoreUnreachableError,
)
from gorder.order.staff import close_for_shop
from gorder.order.watch import resume
from tests.contract.conftest import Store
from tests.contract.documentdb import DocumentDBGuard
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    EVENTS,
    PAGE_URL,
    PAID,
    SESSION_ID,
    payment,
    pending,
    refund,
)
from tests.fakes.orders import MemoryOrders

WRITERS = 8
LONG_AGO = NOON - timedelta(days=1)  # before the orders of the other tests


def new_order() -> Order:
    """Return a pending order with a unique id."""
    return pending(uuid4().hex)


def every_state(order: Order) -> list[Order]:
    """Return the order in every state, with and without each optional part."""
    at = NOON + timedelta(milliseconds=1)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, at)
    paid = pay(waiting)
    free = pay(order, replace(payment(), payment_intent_id=None))
    cancelled = waiting.cancel(OutboxEvent("cancelled", "order.cancelled", at))
    retried = order.retry_checkout(1, at)
    expired = retried.expire(OutboxEvent("expired", "order.expired", at))
    refunds = (refund(650), refund(1000, "failed", number=2))
    disputed = pay(order, replace(payment(), refunds=refunds, dispute="open"))
    late = pay(cancelled)
    resumed = resume(paid, NOON + timedelta(days=1), EVENTS)
    cooking = paid.begin_cooking(at)
    refused = refuse(order, 1, "inactive", OutboxEvent("cancelled", "order.cancelled", at))
    unpayable = refuse(refused, 2, "inactive", OutboxEvent("cancelled", "order.cancelled", at))
    note = StaffNote("close_order", "ann", "The oven is broken.", at)
    closed = close_for_shop(waiting, OutboxEvent("cancelled", "order.cancelled", at), note)
    return [
        order,
        retried,
        refused,
        unpayable,
        waiting,
        paid,
        free,
        cooking,
        cooking.cook(COOKED),
        cancelled,
        expired,
        disputed,
        late,
        resumed,
        closed,
    ]


def pay(order: Order, stated: Payment | None = None) -> Order:
    """Return the order with the payment that Stripe states, and with its units."""
    return order.receive(stated or payment(), EVENTS, has_units=True)


@pytest.mark.parametrize("index", range(15))
def test_an_order_is_read_as_it_was_saved(store: Store, index: int) -> None:
    order = every_state(new_order())[index]

    store.add(order)

    assert store.get(order.order_id) == order


def test_adding_an_order_again_changes_nothing(store: Store) -> None:
    order = new_order()
    first = store.add(order)

    again = store.add(replace(order, trace_id="another"))

    assert (first, again) == (True, False)
    assert store.get(order.order_id) == order


def test_getting_an_unknown_order_raises(store: Store) -> None:
    with pytest.raises(OrderMissingError, match="unknown"):
        store.get("unknown")


def test_replace_stores_the_next_state(store: Store) -> None:
    order = new_order()
    store.add(order)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)

    assert store.replace(order, waiting)

    assert store.get(order.order_id) == waiting


def test_replacing_an_outdated_state_changes_nothing(store: Store) -> None:
    order = new_order()
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)
    store.add(waiting)

    assert not store.replace(order, order.retry_checkout(1, NOON))

    assert store.get(order.order_id) == waiting


def test_replacing_an_unknown_order_adds_nothing(store: Store) -> None:
    order = new_order()

    assert not store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)


def test_one_of_several_concurrent_replaces_succeeds(store: Store) -> None:
    order = new_order()
    store.add(order)
    barrier = Barrier(WRITERS)

    def change(number: int) -> Order | None:
        after = order.await_payment(f"cs_{number}", f"https://pay.example/{number}", NOON)
        barrier.wait(timeout=10)
        return after if store.replace(order, after) else None

    with ThreadPoolExecutor(WRITERS) as pool:
        stored = [after for after in pool.map(change, range(WRITERS)) if after]

    assert stored == [store.get(order.order_id)]


def test_acknowledged_events_are_removed_from_the_outbox(store: Store) -> None:
    order = pay(new_order())
    store.add(order)

    store.acknowledge(order.order_id, [CREATED.event_id, "unknown"])
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.get(order.order_id) == replace(order, outbox=(PAID,))


def test_an_order_can_be_replaced_after_an_acknowledgement(store: Store) -> None:
    order = new_order()
    store.add(order)
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))


def test_acknowledging_events_of_an_unknown_order_adds_nothing(store: Store) -> None:
    order = new_order()

    store.acknowledge(order.order_id, ["event"])

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)


def undelivered_order(minutes: float) -> Order:
    """Return an order with an outbox event of this age at LONG_AGO."""
    at = LONG_AGO - timedelta(minutes=minutes)
    return replace(new_order(), outbox=(OutboxEvent("b", "order.created", at), CREATED))


def test_orders_with_undelivered_events_are_found_oldest_first(store: Store) -> None:
    old, older, recent = (undelivered_order(minutes) for minutes in (1, 2, 0))
    delivered = undelivered_order(3).delivered(["b"])
    for order in (old, older, recent, delivered):
        store.add(order)

    assert store.undelivered(LONG_AGO, 50) == [older.order_id, old.order_id]
    assert store.undelivered(LONG_AGO, 1) == [older.order_id]

    for order in (old, older, recent):
        store.acknowledge(order.order_id, ["b"])
    assert store.undelivered(LONG_AGO, 50) == []


def test_overdue_open_orders_are_found_oldest_first(store: Store) -> None:
    at = LONG_AGO - timedelta(minutes=1)
    times = [at, at - timedelta(minutes=1), LONG_AGO]
    late, later, in_time = (new_order().retry_checkout(1, time) for time in times)
    waiting = later.await_payment(SESSION_ID, PAGE_URL, at)
    paid = pay(new_order().retry_checkout(1, at))
    closed = new_order().retry_checkout(1, at)
    closed = closed.cancel(OutboxEvent("c", "order.cancelled", at))
    for order in (late, waiting, in_time, paid, closed):
        store.add(order)

    assert store.overdue(LONG_AGO, 50) == [waiting.order_id, late.order_id]
    assert store.overdue(LONG_AGO, 1) == [waiting.order_id]


def test_orders_that_do_not_go_on_are_found_oldest_first(store: Store) -> None:
    early, late = LONG_AGO - timedelta(hours=2), LONG_AGO - timedelta(hours=1)
    paid, paid_late, fresh = (paid_at(at) for at in (early, late, LONG_AGO))
    cooked = paid_at(early).cook(replace(COOKED, occurred_at=early))
    cancelled = new_order().cancel(OutboxEvent("c", "order.cancelled", early))
    owed = cancelled.receive(payment(), EVENTS, has_units=False)
    owed = replace(owed, history=paid.history, published_at=None)
    for order in (paid_late, fresh, cooked, owed, paid):
        store.add(order)

    found = store.unfinished(LONG_AGO, 50)

    assert set(found) == {paid.order_id, paid_late.order_id, owed.order_id}
    assert found.index(paid.order_id) < found.index(paid_late.order_id)
    assert store.replace(paid, resume(paid, LONG_AGO, EVENTS))
    assert paid.order_id not in store.unfinished(LONG_AGO, 50)


def test_the_keys_of_recorded_payments_are_found(store: Store) -> None:
    paid, waiting, missing = paid_at(LONG_AGO), new_order(), new_order()
    store.add(paid)
    store.add(waiting)

    found = store.payment_keys([paid.order_id, waiting.order_id, missing.order_id])

    assert found == {paid.order_id: {payment().key}, waiting.order_id: set()}
    assert store.payment_keys([]) == {}


def paid_at(at: datetime) -> Order:
    order = new_order()
    placed = tuple(replace(change, at=at) for change in order.history)
    return replace(order, history=placed).receive(
        payment(), replace(EVENTS, paid=replace(PAID, occurred_at=at)), has_units=True
    )


OPERATIONS: dict[str, Callable[[Store], object]] = {
    "add": lambda store: store.add(pending()),
    "get": lambda store: store.get("x"),
    "replace": lambda store: store.replace(pending(), pending()),
    "undelivered": lambda store: store.undelivered(NOON, 1),
    "overdue": lambda store: store.overdue(NOON, 1),
    "keep_unmatched": lambda store: store.keep_unmatched("x", payment(), NOON),
    "unmatched_payments": lambda store: store.unmatched_payments(1, None),
    "unfinished": lambda store: store.unfinished(NOON, 1),
    "payment_keys": lambda store: store.payment_keys(["x"]),
    "oldest_undelivered": lambda store: store.oldest_undelivered(NOON),
    "postpone": lambda store: store.postpone("x", NOON),
    "acknowledge": lambda store: store.acknowledge("x", ["y"]),
}


@pytest.fixture(scope="module")
def unreachable_store() -> Iterator[MongoOrders]:
    """A store at a port without a server."""
    url = f"mongodb://127.0.0.1:{free_port(set())}/gorder"
    client: MongoClient[Document] = MongoClient(url, serverSelectionTimeoutMS=50)
    with client:
        yield MongoOrders(lambda: client.get_default_database()[COLLECTION])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def test_an_unreachable_store_raises_unavailable(
    kind: str, operation: str, unreachable_store: MongoOrders
) -> None:
    memory = MemoryOrders()
    memory.faults.on(f"orders.{operation}")
    store: Store = memory if kind == "memory" else unreachable_store

    with pytest.raises(OrderStoreUnavailableError):
        OPERATIONS[operation](store)


@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def test_an_order_that_is_not_sent_is_reported_as_such(
    kind: str, unreachable_store: MongoOrders
) -> None:
    memory = MemoryOrders()
    memory.reachable = False
    store: Store = memory if kind == "memory" else unreachable_store

    with pytest.raises(OrderStoreUnreachableError):
        store.add(pending())


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
