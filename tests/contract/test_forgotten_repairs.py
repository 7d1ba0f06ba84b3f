"""Contract of forgotten repairs, on the fakes and on a real server."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gorder.order.adapters.mongo_kept_repairs import REPAIRS, kept_repair
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.commands import forget_old_orders
from gorder.order.commands.forget_old_orders import ForgetOldOrders, ForgetOldOrdersHandler
from gorder.order.commands.forget_order import forget_order
from gorder.order.model import Order
from gorder.order.repairs import DocumentEdit, Repairer, RepairPlan
from gorder.order.retention import FORGOTTEN, RepairedOrders, RetentionProgress
from tests.contract.conftest import Store
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.test_old_orders import KEPT, Aged, aged, by_age, moment
from tests.contract.test_order_documents import HandChangedOrders, stored
from tests.fakes.clock import NOON
from tests.fakes.documents import MemoryOrderDocuments
from tests.fakes.examples import cooked, waiting
from tests.fakes.orders_by_age import MemoryOrdersByAge
from tests.fakes.telemetry import MemoryTelemetry

__all__ = ["aged", "by_age", "moment", "stored"]

BOB = Repairer("bob", "Zoe called: it is hers.", NOON + timedelta(hours=1))


def named(order: Order, customer_id: str) -> Order:
    return replace(order, order_id=uuid4().hex, customer_id=customer_id)


def forget(stored: HandChangedOrders, order: Order) -> str | None:
    return forget_order(stored.orders, stored.documents, MemoryTelemetry(), order.order_id)


def everything(stored: HandChangedOrders, order: Order) -> str:
    """Return all that is stored of an order and its repairs."""
    order_id = order.order_id
    if isinstance(stored.documents, MemoryOrderDocuments):
        kept = [e for e in stored.documents.repairs.values() if e["order_id"] == order_id]
        return repr((kept, stored.orders.get(order_id)))
    assert isinstance(stored.orders, MongoOrders)
    return repr(
        stored.orders.run(
            lambda orders: (
                orders.database[REPAIRS].find({"order_id": order_id}).to_list(),
                orders.find_one({"_id": order_id}),
            )
        )
    )


def test_a_repair_is_forgotten_with_its_order(
    stored: HandChangedOrders, guard: DocumentDBGuard
) -> None:
    order, other = (stored.add(named(cooked(), "zoe")) for _ in range(2))
    for each in (order, other):
        stored.change(each, {"customer_id": "nils"})
    repair_id = stored.repair(order, {"customer_id": "zoe"}, by=BOB)
    untouched = stored.repair(other, {"customer_id": "zoe"}, by=BOB)
    assert "nils" in everything(stored, order)

    assert forget(stored, order) is None
    assert forget(stored, order) is None

    text = everything(stored, order)
    assert not any(word in text for word in ("nils", "zoe", "Zoe"))
    shown = stored.documents.document(order.order_id, repair_id)
    assert shown.document == {}
    assert shown.wrong == ("it was removed when the customer of the order was forgotten",)
    [kept] = shown.repairs
    assert (kept.repair_id, kept.repairer, kept.changes) == (
        repair_id,
        replace(BOB, reason=FORGOTTEN),
        (),
    )
    [note] = stored.orders.get(order.order_id).notes
    assert (note.by, note.text, note.at) == ("bob", FORGOTTEN, kept.repairer.at)
    assert stored.documents.document(order.order_id).wrong == ()
    assert stored.documents.document(other.order_id, untouched).document["customer_id"] == "nils"
    assert guard.refused == []


def test_an_order_that_goes_on_keeps_its_repairs(stored: HandChangedOrders) -> None:
    order = stored.add(named(waiting(), "zoe"))
    stored.change(order, {"customer_id": "nils"})
    repair_id = stored.repair(order, {"customer_id": "zoe"}, by=BOB)

    assert forget(stored, order) == "It is waiting_for_payment: it goes on."

    assert stored.documents.document(order.order_id, repair_id).document["customer_id"] == "nils"


def insert_copy(stored: HandChangedOrders, plan: RepairPlan) -> str:
    """Keep the document as a repair does whose process ends before it writes the order."""
    copy = kept_repair(plan, f"{plan.order_id}:{uuid4().hex}")
    if isinstance(stored.documents, MemoryOrderDocuments):
        stored.documents.repairs[copy["_id"]] = copy
    else:
        assert isinstance(stored.orders, MongoOrders)
        stored.orders.run(lambda orders: orders.database[REPAIRS].insert_one(copy))
    return str(copy["_id"])


def planned(stored: HandChangedOrders, order: Order) -> RepairPlan:
    return stored.documents.plan(order.order_id, DocumentEdit({"reason": "zoe"}), BOB)


@dataclass
class ForgottenMeanwhile:
    """A repair is made or begun right after the repairs were forgotten, the first time."""

    stored: HandChangedOrders
    repair: Callable[[], str]
    made: list[str] = field(default_factory=list)

    def forget(self, order_id: str) -> None:
        self.stored.documents.forget(order_id)
        if not self.made:
            self.made.append(self.repair())

    def repaired(self, after: str | None, limit: int) -> RepairedOrders:
        return self.stored.documents.repaired(after, limit)


def test_the_copy_of_a_repair_that_died_meanwhile_is_forgotten(stored: HandChangedOrders) -> None:
    order = stored.add(named(cooked(), "zoe"))
    repairs = ForgottenMeanwhile(stored, lambda: insert_copy(stored, planned(stored, order)))

    assert forget_order(stored.orders, repairs, MemoryTelemetry(), order.order_id) is None

    assert repairs.made
    assert stored.orders.get(order.order_id).customer_id == FORGOTTEN
    assert "zoe" not in everything(stored, order).lower()


def test_a_copy_that_is_inserted_after_the_forgetting_is_found(
    stored: HandChangedOrders,
    store: Store,
    aged: Aged,
    moment: datetime,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(forget_old_orders, "MOST_REPAIRS", 2)
    by_age = request.getfixturevalue("by_age")
    old, paid, young = (
        aged(at, named(order, "zoe"))
        for at, order in (
            (moment, cooked()),
            (moment, waiting()),
            (moment + timedelta(milliseconds=1), cooked()),
        )
    )
    plans = [planned(stored, each) for each in (old, old, paid, young)]
    for each in (old, young):
        forget(stored, each)
    copies = [insert_copy(stored, plan) for plan in plans]
    by_age.keep_progress(RetentionProgress(NOON))
    handler = ForgetOldOrdersHandler(
        *(store, by_age, stored.documents, KEPT, timedelta(0)),
        clock=lambda: moment + KEPT + timedelta(milliseconds=1),
        telemetry=MemoryTelemetry(),
    )
    count = len(copies) + 100  # with those of other tests

    for _ in range(count // 2):
        handler(ForgetOldOrders())

    left = [
        copy
        for plan, copy in zip(plans, copies, strict=True)
        if stored.documents.document(plan.order_id, copy).document
    ]
    assert left == copies[2:]
    assert by_age.progress().left == (paid.order_id,)
    assert by_age.progress().since == NOON
    by_age.keep_progress(RetentionProgress(None))


def test_repaired_orders_are_listed_in_pages(
    stored: HandChangedOrders, guard: DocumentDBGuard
) -> None:
    orders = [stored.add(named(cooked(), "zoe")) for _ in range(3)]
    for order in orders:
        insert_copy(stored, planned(stored, order))
    forget(stored, orders[0])

    found: set[str] = set()
    after = None
    while True:
        page = stored.documents.repaired(after, 2)
        found |= page.order_ids
        if (after := page.next) is None:
            break

    assert {order.order_id for order in orders} & found == {o.order_id for o in orders[1:]}
    assert guard.refused == []


def test_a_repair_at_the_same_time_is_forgotten_too(stored: HandChangedOrders) -> None:
    order = stored.add(named(cooked(), "zoe"))
    repairs = ForgottenMeanwhile(stored, lambda: stored.repair(order, {"reason": "zoe"}, by=BOB))
    telemetry = MemoryTelemetry()

    assert forget_order(stored.orders, repairs, telemetry, order.order_id) is None

    [repair_id] = repairs.made
    assert stored.documents.document(order.order_id, repair_id).document == {}
    assert stored.orders.get(order.order_id).customer_id == FORGOTTEN
    assert telemetry.counts["OrdersForgotten"] == 1


def test_a_customer_whom_a_repair_brings_back_is_forgotten_when_it_is_old(
    stored: HandChangedOrders, store: Store, aged: Aged, request: pytest.FixtureRequest
) -> None:
    order = aged(NOON, named(cooked(), "zoe"))
    by_age = request.getfixturevalue("by_age")
    forget(stored, order)
    stored.change(order, {"customer_id": "nils"})
    stored.repair(order, {"customer_id": "zoe"}, by=BOB)
    changed_at = NOON + timedelta(days=900_000)  # after those of other tests
    if isinstance(by_age, MemoryOrdersByAge):
        by_age.changed_at[order.order_id] = changed_at
    else:
        assert isinstance(store, MongoOrders)
        [found] = store.run(
            lambda orders: orders.find({"_id": order.order_id}, {"changed_at": 1}).to_list()
        )
        assert found["changed_at"] > NOON
        changed_at = found["changed_at"]
    by_age.keep_progress(RetentionProgress(changed_at))
    clock = [changed_at + KEPT]
    handler = ForgetOldOrdersHandler(
        *(store, by_age, stored.documents, KEPT, timedelta(minutes=1)),
        clock=lambda: clock[0],
        telemetry=MemoryTelemetry(),
    )

    handler(ForgetOldOrders())
    assert "zoe" in everything(stored, order)
    clock[0] += timedelta(milliseconds=1)
    handler(ForgetOldOrders())

    assert not any(word in everything(stored, order) for word in ("nils", "zoe", "Zoe"))
    by_age.keep_progress(RetentionProgress(None))


def test_the_reply_of_a_forgotten_document_is_json(stored: HandChangedOrders) -> None:
    order = stored.add(named(cooked(), "zoe"))
    stored.change(order, {"customer_id": "nils"})
    repair_id = stored.repair(order, {"customer_id": "zoe"}, by=BOB)
    forget(stored, order)

    assert json.dumps(stored.documents.document(order.order_id, repair_id).document) == "{}"
