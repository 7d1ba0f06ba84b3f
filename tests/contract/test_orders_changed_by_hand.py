"""A change of an order's document that gorder did not make is found and named, on a real server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from gorder.contracts.audit import Finding
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.changes import StaffNote
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.repairs import DocumentEdit, Repairer
from gorder.order.staff import noted
from tests.contract.stored_orders import new_order, pay
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EVENTS,
    PAGE_URL,
    SESSION_ID,
    payment,
    refund,
    with_notes,
    with_number,
)

pytestmark = pytest.mark.servers

NOT_SEALED = {"changed_at", "seal.form", "seal.events.0"}
"""The time of the last write, a later release's mark, and an event that was delivered."""

LINE = {"product_id": "stew", "name": "x", "quantity": 1, "unit_amount": 1, "price_id": "p"}


@pytest.fixture
def orders(database: Database[Document]) -> MongoOrders:
    return MongoOrders(lambda: database[COLLECTION])


def written(orders: MongoOrders) -> Order:
    """Return an order that gorder has written six times, with an event in its outbox."""
    order = with_number(with_notes(new_order()))
    orders.add(order)
    at = NOON + timedelta(microseconds=1234)
    part = replace(payment(), refunds=(refund(100),), discount=0)
    for change in (
        lambda o: o.await_payment(SESSION_ID, PAGE_URL, at),
        pay,
        lambda o: receive(o, part, EVENTS, has_units=False),
        lambda o: noted(o, StaffNote("retry_refund", "ann", "why", at)),
        lambda o: o.begin_cooking(at),
    ):
        before = orders.get(order.order_id)
        assert orders.replace(before, change(before))
    orders.acknowledge(order.order_id, ["created"])
    orders.postpone(order.order_id, NOON)
    return orders.get(order.order_id)


def findings(orders: MongoOrders, order: Order) -> tuple[Finding, ...]:
    return MongoOrderBook(orders).named([order.order_id]).findings


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        if isinstance(inner, dict | list):
            yield from leaves(inner, f"{path}{name}.")
        else:
            yield f"{path}{name}", inner


def other(value: object) -> object:
    match value:
        case datetime():
            return value + timedelta(milliseconds=1)
        case int():
            return value + 1
        case str():
            return f"{value}x"
    return "x"


def test_what_gorder_writes_is_not_found(orders: MongoOrders) -> None:
    assert findings(orders, written(orders)) == ()


def test_each_field_that_is_changed_or_removed_is_found(
    orders: MongoOrders, database: Database[Document]
) -> None:
    order = written(orders)
    collection, name = database[COLLECTION], {"_id": order.order_id}
    document = collection.find_one(name) or {}
    subject = f"order {order.order_id}"
    missed = set()

    for path, value in leaves(document):
        if path == "_id" or path.startswith("postponed"):
            continue
        for operators in ({"$set": {path: other(value)}}, {"$unset": {path: ""}}):
            collection.update_one(name, operators)
            found = findings(orders, order)
            assert {finding.subject for finding in found} <= {subject}
            if not found and ("$set" in operators or orders.get(order.order_id) != order):
                missed.add(path)  # a field that is missing may have its default, which is no change
            collection.replace_one(name, document)

    assert missed == NOT_SEALED
    assert findings(orders, order) == ()


@pytest.mark.parametrize(
    "operators",
    [
        {"$push": {"lines": LINE}},
        {"$push": {"lines.0.notes": {"quantity": 1, "text": "t"}}},
        {"$set": {"lines.0.notes": []}},
        {"$set": {"lines.0.notes": "no onions"}},
        {"$push": {"history": {"status": "cooked", "at": NOON}}},
        {"$push": {"notes": {"command": "c", "by": "b", "text": "t", "at": NOON}}},
        {"$push": {"outbox": {"event_id": "e", "event_type": "order.paid", "occurred_at": NOON}}},
        {"$set": {"payments.pi_2": {"session_id": "cs_2", "amount": 1, "currency": "eur"}}},
        {"$set": {"history": []}},
        {"$unset": {"customer_id": ""}},
        {"$set": {"checkout.expires_at": "soon"}},
        {"$set": {"status": "cooked", "payments": {}, "payment": None}},
        {"$set": {"status": "a status of a later release"}},
    ],
    ids=lambda operators: str(operators)[:50],
)
def test_what_is_added_or_replaced_is_found(
    orders: MongoOrders, database: Database[Document], operators: Document
) -> None:
    order = written(orders)
    database[COLLECTION].update_one({"_id": order.order_id}, operators)

    assert findings(orders, order)
    database[COLLECTION].delete_one({"_id": order.order_id})


def test_a_write_of_gorder_does_not_hide_the_change(
    orders: MongoOrders, database: Database[Document]
) -> None:
    order = written(orders)
    name = {"_id": order.order_id}
    database[COLLECTION].update_one(name, {"$set": {"checkout.attempt": 7}})
    before = orders.get(order.order_id)

    assert orders.replace(before, noted(before, StaffNote("c", "ann", "why", NOON)))

    [found] = findings(orders, order)
    assert (found.kind, found.text[:15]) == ("order_changed", "changed_by_hand")
    database[COLLECTION].update_one(name, {"$unset": {"changed_by_hand": ""}})
    assert findings(orders, order) == ()


def test_a_read_before_a_repair_leaves_no_mark_after_it(
    orders: MongoOrders, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = written(orders)
    name, run = {"_id": order.order_id}, orders.run
    database[COLLECTION].update_one(name, {"$set": {"checkout.attempt": 7}})
    documents = MongoOrderDocuments(MongoOrders(lambda: database[COLLECTION]))
    plan = documents.plan(order.order_id, DocumentEdit({}), Repairer("ann", "why", NOON))

    def read_then_repaired(*work: Any) -> Any:
        monkeypatch.undo()
        found = run(*work)
        assert documents.save(plan, f"{order.order_id}:1")
        return found

    monkeypatch.setattr(orders, "run", read_then_repaired)
    assert orders.get(order.order_id).version == order.version

    assert findings(orders, order) == ()


def test_a_read_between_the_plan_and_the_repair_leaves_no_mark(
    orders: MongoOrders, database: Database[Document]
) -> None:
    order = written(orders)
    name = {"_id": order.order_id}
    database[COLLECTION].update_one(name, {"$set": {"checkout.attempt": 7}})
    documents = MongoOrderDocuments(orders)
    plan = documents.plan(order.order_id, DocumentEdit({}), Repairer("ann", "why", NOON))
    orders.get(order.order_id)
    assert findings(orders, order)[0].text.startswith("changed_by_hand")

    assert documents.save(plan, f"{order.order_id}:1")

    assert findings(orders, order) == ()
