"""Contract of repairs of documents, on the fake and on a real server."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo.database import Database

from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_edits import edited
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.changes import StaffNote
from gorder.order.errors import RepairRefused, UnknownRepair
from gorder.order.model import Order
from gorder.order.repairs import DocumentEdit, Json, Repairer
from gorder.order.staff import noted
from gorder.order.store_errors import OrderMissingError
from tests.contract.conftest import Store
from tests.contract.stored_orders import new_order, pay
from tests.fakes.clock import NOON
from tests.fakes.documents import MemoryOrderDocuments
from tests.fakes.orders import MemoryOrders

AT = NOON + timedelta(hours=1, microseconds=7)
ANN = Repairer("ann", "Changed by hand.", AT)
NOTHING = DocumentEdit({})


class HandChangedOrders:
    """A store whose documents a test changes as no command of gorder does."""

    def __init__(self, store: Store) -> None:
        self.orders = store
        self.documents: MemoryOrderDocuments | MongoOrderDocuments
        if isinstance(store, MemoryOrders):
            self.documents = self._memory = MemoryOrderDocuments(store)
        else:
            self.documents = MongoOrderDocuments(store)

    def add(self, order: Order) -> Order:
        assert self.orders.add(order)
        return self.orders.get(order.order_id)

    def change(self, order: Order, values: dict[str, Any], *removed: str) -> None:
        """Change a document by hand."""
        if isinstance(self.orders, MongoOrders):
            change = {"$set": values} if values else {}
            change |= {"$unset": dict.fromkeys(removed, "")} if removed else {}
            self.orders.run(lambda c: c.update_one({"_id": order.order_id}, change))
            return
        document: Document = to_document(order)
        for path, value in values.items():
            _set(document, path, value)
        document = {name: value for name, value in document.items() if name not in removed}
        self._memory.changed[order.order_id] = document
        self.orders.unreadable.add(order.order_id)

    def repair(
        self,
        order: Order,
        values: dict[str, Json] | None = None,
        *removed: str,
        by: Repairer = ANN,
    ) -> str:
        plan = self.documents.plan(order.order_id, DocumentEdit(values or {}, removed), by)
        plan.require_right()
        repair_id = f"{order.order_id}:{uuid4().hex}"
        assert self.documents.save(plan, repair_id)
        return repair_id

    def wrong(self, order: Order) -> tuple[str, ...]:
        return self.documents.document(order.order_id).wrong


def _set(document: Any, path: str, value: object) -> None:
    *parents, last = path.split(".")
    for step in parents:
        document = document[int(step) if isinstance(document, list) else step]
    document[int(last) if isinstance(document, list) else last] = value


@pytest.fixture
def stored(store: Store) -> HandChangedOrders:
    return HandChangedOrders(store)


UNTIL = {"$date": "2026-11-23T12:31:00Z"}
STRAY = {"session_id": "cs_9", "payment_intent_id": "pi_8", "amount": 1, "currency": "eur"}
UNREADABLE: list[tuple[dict[str, Any], tuple[str, ...], dict[str, Json]]] = [
    ({"customer_id": 7}, (), {"customer_id": "ann"}),
    (
        {},
        ("history",),
        {
            "history": [
                {"status": "pending", "at": {"$date": "2026-11-23T12:00:00Z"}},
                {"status": "paid", "at": {"$date": "2026-11-23T12:02:00Z"}},
            ]
        },
    ),
    ({"currency": "Euro"}, (), {"currency": "eur"}),
    ({"currency": None}, (), {"currency": "eur"}),
    ({"version": "many"}, (), {}),
    ({}, ("version",), {}),
    ({"notes": "none"}, (), {"notes": []}),
    ({"notes": ["x" * 1_000_000] * 8}, (), {"notes": []}),
    ({"customer_id": "x" * 9_000_000, "notes": None}, (), {"customer_id": "ann", "notes": []}),
    ({"payment": 7}, (), {"payment": None}),
    ({"payments.pi_1.amount": "much"}, (), {"payments.pi_1.amount": 1650}),
    (
        {"checkout": None},
        (),
        {"checkout": {"attempt": 1, "expires_at": {"$date": "2026-11-23T12:31:00Z"}}},
    ),
    ({"lines.0.quantity": 2.5}, (), {"lines.0.quantity": 2}),
    ({"status": "payed"}, (), {"status": "paid"}),
]


@pytest.mark.parametrize(("values", "removed", "repair"), UNREADABLE, ids=str)
def test_a_document_that_is_wrong_is_repaired(
    stored: HandChangedOrders,
    values: dict[str, Any],
    removed: tuple[str, ...],
    repair: dict[str, Json],
) -> None:
    order = stored.add(pay(new_order()))
    stored.change(order, values, *removed)
    assert stored.wrong(order)

    repair_id = stored.repair(order, repair)

    assert stored.wrong(order) == ()
    after = stored.orders.get(order.order_id)
    assert after.version > order.version
    assert replace(after, version=order.version, notes=()) == order
    [note] = after.notes
    assert (note.command, note.by, note.text[:16]) == ("repair_order", "ann", "Changed by hand.")
    shown = stored.documents.document(order.order_id)
    [kept] = shown.repairs
    assert (kept.repair_id, kept.repairer.by) == (repair_id, "ann")
    before = stored.documents.document(order.order_id, repair_id).document
    for path, value in values.items():
        if "." not in path:
            assert before[path] == value
    assert not before.keys() & {*removed}


def test_a_repair_has_the_old_and_the_new_values(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    stored.change(order, {"customer_id": 7, "lines.0.quantity": 3})
    edit = DocumentEdit({"customer_id": "ann"})

    plan = stored.documents.plan(order.order_id, edit, ANN)

    changes = {change.path: (change.before, change.after) for change in plan.changes}
    assert changes == {"customer_id": ("7", '"ann"'), "amount_total": ("1650", "2350")}
    [wrong] = plan.wrong
    assert wrong.startswith(
        f"order {order.order_id} cannot be read: customer_id: must be a valid string; "
    )
    assert plan.still_wrong == ()
    assert plan.after
    assert plan.after.notes[0].text == "Changed by hand. (customer_id was 7; amount_total was 1650)"


def test_a_document_that_was_changed_is_accepted(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    stored.change(order, {"checkout.attempt": 7})
    assert stored.wrong(order) == ("its content is not what gorder wrote",)

    stored.repair(order)

    assert stored.wrong(order) == ()
    assert stored.orders.get(order.order_id).checkout.attempt == 7
    assert not stored.documents.plan(order.order_id, NOTHING, ANN).is_needed


def test_the_same_repair_again_changes_nothing(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    stored.change(order, {"customer_id": 7})
    values: dict[str, Json] = {"customer_id": "ann"}
    stored.repair(order, values)

    again = stored.documents.plan(
        order.order_id, DocumentEdit(values, ("payments.pi_9.lost",)), ANN
    )

    assert not again.is_needed


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"status": "paid"}, "no payment pays for it"),
        ({"lines": []}, "lines: too_short"),
        ({"customer_id": 8}, "customer_id: must be a valid string"),
        ({"currency": "EURO"}, "its currency is not a code"),
        ({"status": "payed"}, "its status is payed, none of pending"),
        ({"history.0.at": "2026-11-23T12:00:00Z"}, "history.0.at: must be a valid datetime"),
        ({"lines.0.quantity": -1}, "its line of soup is -1"),
        (
            {
                "payments.pi_9": {
                    "session_id": "cs_9",
                    "payment_intent_id": "pi_8",
                    "amount": 1,
                    "currency": "eur",
                }
            },
            "under the id of another one",
        ),
    ],
    ids=str,
)
def test_a_repair_that_leaves_the_order_wrong_is_refused(
    stored: HandChangedOrders, values: dict[str, Json], text: str
) -> None:
    order = stored.add(new_order())

    plan = stored.documents.plan(order.order_id, DocumentEdit(values), ANN)

    with pytest.raises(RepairRefused, match="Nothing was written") as refused:
        plan.require_right()
    assert text in str(refused.value)


def test_what_the_store_computes_cannot_be_set(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    for path in (
        *("_id", "seal", "seal.digest", "version", "amount_total", "watch_at", "placed_at"),
        *("changed_at", "money_on.0", "changed_by_hand"),
    ):
        for edit in (DocumentEdit({path: 1}), DocumentEdit({}, (path,))):
            with pytest.raises(RepairRefused, match="cannot be changed"):
                stored.documents.plan(order.order_id, edit, ANN)


def test_a_write_after_the_plan_is_not_lost(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    edit = DocumentEdit({"customer_id": "bob"})
    plan = stored.documents.plan(order.order_id, edit, ANN)
    paid = pay(order)
    assert stored.orders.replace(order, paid)

    assert not stored.documents.save(plan, f"{order.order_id}:1")

    assert stored.orders.get(order.order_id).status == paid.status
    assert stored.documents.document(order.order_id).repairs == ()
    stored.repair(order, {"customer_id": "bob"})
    after = stored.orders.get(order.order_id)
    assert (after.status, after.customer_id) == (paid.status, "bob")


def test_a_command_that_read_the_order_before_the_repair_writes_nothing(
    stored: HandChangedOrders,
) -> None:
    order = stored.add(new_order())
    stored.repair(order, {"customer_id": "bob"})

    assert not stored.orders.replace(order, pay(order))


def test_of_two_repairs_at_once_one_is_written(stored: HandChangedOrders) -> None:
    order = stored.add(new_order())
    plans = [
        stored.documents.plan(order.order_id, DocumentEdit({"customer_id": name}), ANN)
        for name in ("bob", "bob", "cleo")
    ]

    saved = [stored.documents.save(plan, f"{order.order_id}:{n}") for n, plan in enumerate(plans)]

    assert saved == [True, False, False]
    shown = stored.documents.document(order.order_id)
    assert [each.repair_id for each in shown.repairs] == [f"{order.order_id}:0"]
    assert len(stored.orders.get(order.order_id).notes) == 1


def test_unknown_orders_and_repairs_are_named(stored: HandChangedOrders) -> None:
    with pytest.raises(OrderMissingError):
        stored.documents.plan("missing", NOTHING, ANN)
    order = stored.add(new_order())
    with pytest.raises(UnknownRepair, match="There is no repair"):
        stored.documents.document(order.order_id, f"{order.order_id}:7")


@pytest.mark.servers
def test_a_mark_is_removed_and_later_fields_are_kept(database: Database[Document]) -> None:
    orders = MongoOrders(lambda: database[COLLECTION])
    stored = HandChangedOrders(orders)
    order = stored.add(pay(new_order()))
    stored.change(order, {"lines.0.name": "x", "new": 1, "lines.0.new": 2, "payments.pi_1.new": 3})
    before = orders.get(order.order_id)
    assert orders.replace(before, noted(before, StaffNote("c", "bob", "why", NOON)))
    assert len(stored.wrong(order)) == 1

    stored.repair(order, {"lines.0.name": "Soup"})

    document = database[COLLECTION].find_one({"_id": order.order_id}) or {}
    assert "changed_by_hand" not in document
    assert (document["new"], document["lines"][0]["new"]) == (1, 2)
    assert document["payments"]["pi_1"]["new"] == 3
    assert [note["by"] for note in document["notes"]] == ["bob", "ann"]
    assert stored.wrong(order) == ()


def test_indexes_are_those_of_the_stored_list() -> None:
    document = {"notes": [0, 1, 2, 3]}
    edit = DocumentEdit({"notes.4": 4, "notes.1": 9}, ("notes.0", "notes.2", "missing.x"))

    assert edited(document, edit) == {"notes": [9, 3, 4]}
