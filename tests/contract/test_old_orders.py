"""Contract of retention's orders, for the fakes and for MongoDB: what is forgotten stays exact."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.adapters.mongo_retention import MongoOrdersByAge, date_changes
from gorder.order.changes import StaffNote
from gorder.order.commands.forget_customer import ForgetCustomer, ForgetCustomerHandler
from gorder.order.commands.forget_old_orders import ForgetOldOrders, ForgetOldOrdersHandler
from gorder.order.model import Order
from gorder.order.queries.report_sales import ReportSales, ReportSalesHandler
from gorder.order.retention import FORGOTTEN, RetentionProgress, forget
from gorder.order.retention_ports import OrdersByAge, RecordOfRepairs
from gorder.order.staff import noted
from gorder.runtime.clock import utc_now
from tests.contract.conftest import Store
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.mongo_finds import Finds
from tests.fakes.clock import NOON
from tests.fakes.documents import MemoryOrderDocuments
from tests.fakes.examples import cooked
from tests.fakes.orders import MemoryOrders
from tests.fakes.orders_by_age import MemoryOrdersByAge
from tests.fakes.telemetry import MemoryTelemetry
from tests.unit.order.test_forget_orders import ENDED, NOTE

KEPT = timedelta(days=210)
type Aged = Callable[..., Order]


@pytest.fixture
def by_age(store: Store) -> OrdersByAge:
    if isinstance(store, MemoryOrders):
        return MemoryOrdersByAge(store)
    return MongoOrdersByAge(store)


@pytest.fixture
def moment() -> datetime:
    """Return a time at which only one test has changed orders, long ago."""
    return NOON - timedelta(days=1000 + uuid4().int % 500_000)


@pytest.fixture
def aged(store: Store, by_age: OrdersByAge, request: pytest.FixtureRequest) -> Aged:
    """Add an order that was last changed at a time."""

    def add(at: datetime, order: Order | None = None) -> Order:
        new = replace(order or cooked(), order_id=uuid4().hex)
        store.add(new)
        if isinstance(by_age, MemoryOrdersByAge):
            by_age.changed_at[new.order_id] = at
        else:
            database: Database[Document] = request.getfixturevalue("database")
            database[COLLECTION].update_one({"_id": new.order_id}, {"$set": {"changed_at": at}})
        return new

    return add


def test_orders_are_found_by_their_last_change(
    by_age: OrdersByAge, aged: Aged, moment: datetime
) -> None:
    first, second, third = (aged(moment + timedelta(hours=n)).order_id for n in range(3))
    before = moment + timedelta(hours=3)

    def found(since: datetime, before: datetime, limit: int = 9) -> list[str]:
        return [each.order_id for each in by_age.unchanged(since, before, limit)]

    assert found(moment, before) == [first, second, third]
    assert found(moment + timedelta(hours=1), before) == [second, third]
    assert found(moment, moment + timedelta(hours=2)) == [first, second]
    assert found(moment, before, 2) == [first, second]
    assert [e.changed_at for e in by_age.unchanged(moment, before, 1)] == [moment]
    assert by_age.unchanged(None, moment + timedelta(milliseconds=1), 99)[-1].order_id == first
    wanted = [first, third, "unknown"]
    assert by_age.unchanged_among(wanted, moment + timedelta(hours=1)) == [first]


def test_progress_is_kept(by_age: OrdersByAge) -> None:
    for reached in (RetentionProgress(NOON, ("a", "b"), "a:1"), RetentionProgress()):
        by_age.keep_progress(reached)

        assert by_age.progress() == reached


@pytest.mark.parametrize("name", ENDED)
def test_an_order_is_forgotten_and_its_report_stays(
    store: Store, name: str, moment: datetime
) -> None:
    order = replace(ENDED[name](), order_id=uuid4().hex, notes=(NOTE, NOTE))
    shift = moment - NOON
    order = replace(
        order, history=tuple(replace(change, at=change.at + shift) for change in order.history)
    )
    store.add(order)
    sales = ReportSalesHandler(orders=store)
    query = ReportSales(moment - timedelta(days=2), moment + timedelta(days=2))
    before = sales(query)

    assert store.replace(order, forget(order), is_dated=False)

    stored = store.get(order.order_id)
    assert stored == forget(order)
    assert stored.notes == 2 * (replace(NOTE, text=FORGOTTEN),)
    assert sales(query) == before
    if isinstance(store, MongoOrders):
        assert MongoOrderBook(store).named([order.order_id]).findings == ()


@pytest.mark.servers
def test_forgetting_keeps_the_time_of_the_change_and_fields_of_a_later_release(
    database: Database[Document], guard: DocumentDBGuard
) -> None:
    orders, store = database[COLLECTION], MongoOrders(lambda: database[COLLECTION])
    order = replace(cooked(), order_id=uuid4().hex, notes=(NOTE,))
    document = to_document(order) | {"later": 7}
    document["notes"][0]["later"] = 8
    orders.insert_one(document)

    assert store.replace(order, forget(order), is_dated=False)

    found = orders.find_one({"_id": order.order_id}) or {}
    assert (found["later"], found["notes"][0]["later"]) == (7, 8)
    assert found["changed_at"] == document["changed_at"]
    with pytest.raises(ValueError, match="adds and changes notes"):
        store.replace(order, noted(forget(order), StaffNote("x", "y", "z", NOON)))
    assert guard.refused == []


@pytest.mark.servers
def test_orders_without_the_time_of_their_change_get_it_once(
    database: Database[Document],
) -> None:
    orders = database.client[f"{database.name}_changes"][COLLECTION]
    orders.create_index([("changed_at", 1)])
    documents = [to_document(cooked()), to_document(cooked()) | {"_id": "null", "changed_at": None}]
    del documents[0]["changed_at"]
    orders.insert_many([*documents, {"_id": "broken"}, to_document(cooked()) | {"_id": "dated"}])

    assert date_changes(orders, NOON + timedelta(days=1)) == 3
    assert date_changes(orders, NOON) == 0

    found = {each["_id"]: each["changed_at"] for each in orders.find()}
    assert found[cooked().order_id] == found["null"] == cooked().history[-1].at
    assert found["broken"] == NOON + timedelta(days=1)
    orders.database.client.drop_database(orders.database.name)


def retention(store: Store, by_age: OrdersByAge) -> ForgetOldOrdersHandler:
    return ForgetOldOrdersHandler(
        store, by_age, record(store), KEPT, timedelta(minutes=1), utc_now, MemoryTelemetry()
    )


def record(store: Store) -> RecordOfRepairs:
    if isinstance(store, MemoryOrders):
        return MemoryOrderDocuments(store)
    return MongoOrderDocuments(store)


def test_two_runs_and_staff_and_a_refund_at_once(
    store: Store, by_age: OrdersByAge, aged: Aged, moment: datetime
) -> None:
    orders = [aged(moment + timedelta(seconds=n)) for n in range(30)]
    by_age.keep_progress(RetentionProgress(moment))
    customer = f"ann-{uuid4().hex}"
    for order in orders[::2]:
        assert store.replace(order, replace(order, customer_id=customer), is_dated=False)
    failures: list[Exception] = []

    def forget_customer() -> None:
        handler = ForgetCustomerHandler(store, record(store), utc_now, MemoryTelemetry())
        handler(ForgetCustomer(customer, "She asked.", "bob"))

    def dispute() -> None:
        for order in orders[::3]:
            note = StaffNote("refund_order", "bob", "Cold.", NOON)
            while not store.replace(before := store.get(order.order_id), noted(before, note)):
                """Another one was faster."""

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            failures.append(error)

    works = (
        *(lambda: retention(store, by_age)(ForgetOldOrders()) for _ in range(2)),
        forget_customer,
        dispute,
    )
    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    found = [store.get(order.order_id) for order in orders]
    assert {order.customer_id for order in found} == {FORGOTTEN}
    assert all(len(order.history) == len(cooked().history) for order in found)
    by_age.keep_progress(RetentionProgress(None))


@pytest.mark.servers
def test_old_orders_are_found_along_the_index(
    mongo_url: str, database: Database[Document], guard: DocumentDBGuard
) -> None:
    finds = Finds()
    client: MongoClient[Document] = MongoClient(mongo_url, event_listeners=[finds], tz_aware=True)
    with client:
        orders = client.get_default_database()[COLLECTION]
        by_age = MongoOrdersByAge(MongoOrders(lambda: orders))
        by_age.unchanged(None, NOON, 5)
        by_age.unchanged(NOON, NOON + KEPT, 5)

    plans = finds.plans(database)
    assert len(plans) == 2
    assert all("IXSCAN" in plan and "COLLSCAN" not in plan for plan in plans)
    assert guard.refused == []
