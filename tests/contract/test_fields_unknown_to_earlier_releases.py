"""A release without notes and numbers writes an order that has some: they stay and are sealed."""

from dataclasses import replace

import pytest
from pymongo.database import Database

from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.order.repairs import DocumentEdit, Repairer
from gorder.order.retention import forget
from tests.contract.stored_orders import new_order
from tests.fakes.clock import NOON
from tests.fakes.examples import PAGE_URL, SESSION_ID, with_notes, with_number

pytestmark = pytest.mark.servers


@pytest.fixture
def orders(database: Database[Document]) -> MongoOrders:
    return MongoOrders(lambda: database[COLLECTION])


@pytest.fixture
def order(orders: MongoOrders) -> Order:
    """An order with notes and a number, as this release has written it."""
    order = with_number(with_notes(new_order()))
    orders.add(order)
    return order


def as_read_by_earlier_release(order: Order) -> Order:
    lines = tuple(replace(each, notes=()) for each in order.lines)
    return replace(order, lines=lines, number=None)


def findings(orders: MongoOrders, order: Order) -> object:
    return MongoOrderBook(orders).named([order.order_id]).findings


def test_its_write_keeps_the_notes_and_its_seal_holds(
    orders: MongoOrders, order: Order, database: Database[Document]
) -> None:
    read = as_read_by_earlier_release(order)

    assert orders.replace(read, read.await_payment(SESSION_ID, PAGE_URL, NOON))

    stored = orders.get(order.order_id)
    assert (stored.lines, stored.number) == (order.lines, order.number)
    document = database[COLLECTION].find_one({"_id": order.order_id}) or {}
    assert document["seal"]["form"] == 1
    assert "changed_by_hand" not in document
    assert findings(orders, order) == ()

    cancelled = OutboxEvent("cancelled", "order.cancelled", NOON)
    assert orders.replace(stored, stored.cancel(cancelled))
    document = database[COLLECTION].find_one({"_id": order.order_id}) or {}
    assert document["seal"]["form"] == 2
    assert findings(orders, order) == ()


def test_a_document_without_notes_is_as_the_earlier_release_writes_it(
    orders: MongoOrders, database: Database[Document]
) -> None:
    order = new_order()
    orders.add(order)

    document = database[COLLECTION].find_one({"_id": order.order_id}) or {}

    assert document["seal"]["form"] == 1
    assert not any("notes" in line for line in document["lines"])
    assert "number" not in document


def test_a_forgotten_customer_takes_the_notes_along_and_nothing_else_of_a_line(
    orders: MongoOrders, database: Database[Document]
) -> None:
    cancelled = OutboxEvent("cancelled", "order.cancelled", NOON)
    order = with_notes(new_order()).cancel(cancelled)
    order = order.delivered([event.event_id for event in order.outbox])
    orders.add(order)
    name = {"_id": order.order_id}
    database[COLLECTION].update_one(name, {"$set": {"lines.0.of_a_later_release": 1}})
    before = orders.get(order.order_id)

    assert orders.replace(before, forget(before), is_dated=False)

    document = database[COLLECTION].find_one(name) or {}
    assert not any("notes" in line for line in document["lines"])
    assert document["lines"][0]["of_a_later_release"] == 1
    assert document["seal"]["form"] == 1
    assert findings(orders, order) == ()


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("lines.0.notes.0.quantity", 99, "with notes on 99, 1"),
        ("lines.0.notes.0.quantity", 0, "with notes on 0, 1"),
        ("lines.0.notes.0.text", 7, "text: must be a valid string"),
        ("lines.1.notes", "hot", "notes: must be a valid list"),
        ("number", 99, "its number is 99, and not from 100 to 999"),
        ("number", 1000, "its number is 1000, and not from 100 to 999"),
        ("number", "100", "number: must be a valid integer"),
    ],
)
def test_a_repair_to_what_no_order_has_is_refused(
    orders: MongoOrders, order: Order, path: str, value: int | str, text: str
) -> None:
    plan = MongoOrderDocuments(orders).plan(
        order.order_id, DocumentEdit({path: value}), Repairer("ann", "why", NOON)
    )

    assert text in "; ".join(plan.still_wrong)


def test_a_repair_changes_a_note(orders: MongoOrders, order: Order) -> None:
    documents = MongoOrderDocuments(orders)
    edit = DocumentEdit({"lines.0.notes.0.text": "no nuts"})
    plan = documents.plan(order.order_id, edit, Repairer("ann", "She called.", NOON))

    plan.require_right()
    assert documents.save(plan, f"{order.order_id}:1")

    assert orders.get(order.order_id).lines[0].notes[0].text == "no nuts"
    assert findings(orders, order) == ()
