"""Repairs the documents of orders, and keeps each as it was in `order_repairs`.

A repair reads no order first, so the document may be any. What is written has gorder's seal and the
next version, so a command that has read the order before writes nothing.
"""

from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import bson
from bson.errors import BSONError
from pymongo.errors import DuplicateKeyError

from gorder.constraints import MAX_INTEGER
from gorder.order.adapters.mongo_documents import Document, earlier_payment, to_document, to_order
from gorder.order.adapters.mongo_edits import differences, edited
from gorder.order.adapters.mongo_findings import CHANGED_BY_HAND, read_for_audit
from gorder.order.adapters.mongo_kept_repairs import (
    FORGOTTEN_REPAIR,
    kept_repair,
    of_order,
    repaired,
    repairs_of,
    shown_document,
)
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.changes import StaffNote
from gorder.order.errors import OrderUnreadableError, RepairRefused, UnknownRepair
from gorder.order.model import Order
from gorder.order.repairs import (
    REPAIR,
    DocumentEdit,
    FieldChange,
    Repairer,
    RepairPlan,
    StoredDocument,
    exceeded_bounds,
    repair_note,
)
from gorder.order.retention import RepairedOrders
from gorder.order.status import LaterStatus, Status
from gorder.order.store_errors import OrderMissingError

if TYPE_CHECKING:
    from pymongo.collection import Collection

_FOLLOWS: Final = ("amount_total", "watch_at", "placed_at", "money_on")
_NOT_SHOWN: Final = {"version", "seal", "changed_at", CHANGED_BY_HAND}
# Of these at least one changes with each write of gorder.
_WRITTEN: Final = ("status", "version", "outbox", "changed_at", "seal")
_LARGEST: Final = 15_000_000  # bytes of a document whose copy fits into another one
_MOST_CHANGES: Final = 100  # that are kept and shown
_LONGEST_VALUE: Final = 1000


class MongoOrderDocuments:
    """`OrderDocuments` and `RecordOfRepairs` on MongoDB.

    The commands are sent on the connection of `orders`.
    """

    def __init__(self, orders: MongoOrders) -> None:
        """Initialize without connecting."""
        self._orders = orders

    def plan(self, order_id: str, edit: DocumentEdit, repairer: Repairer) -> RepairPlan:
        return planned(self._stored(order_id), edit, repairer)

    def save(self, plan: RepairPlan, repair_id: str) -> bool:
        kept = kept_repair(plan, repair_id)
        which, update = _which(plan), _update(plan)

        def write(orders: "Collection[Document]") -> bool:
            with suppress(DuplicateKeyError):  # by this command, whose answer was lost
                repairs_of(orders).insert_one(kept)
            if orders.update_one(which, update).matched_count == 1:
                return True
            repairs_of(orders).delete_one({"_id": kept["_id"]})
            return False

        def write_again(orders: "Collection[Document]") -> bool:
            found = orders.find_one({"_id": plan.order_id}, {"notes": 1}) or {}
            note = bson.decode(bson.encode(plan.written["notes"][-1]), orders.codec_options)
            notes = found.get("notes")
            return (isinstance(notes, list) and note in notes) or write(orders)

        return self._orders.run(write, write_again)

    def document(self, order_id: str, repair_id: str | None = None) -> StoredDocument:
        stored = self._stored(order_id)
        repairs = self._orders.run(
            lambda orders: repairs_of(orders).find(of_order(order_id), {"document": 0}).to_list()
        )
        shown = stored if repair_id is None else self._before(order_id, repair_id)
        return shown_document(order_id, shown, repairs)

    def forget(self, order_id: str) -> None:
        """Write over the repairs along the index of ids. Sends one command."""

        def write(orders: "Collection[Document]") -> None:
            repairs_of(orders).update_many(of_order(order_id), {"$set": FORGOTTEN_REPAIR})

        self._orders.run(write, write)

    def repaired(self, after: str | None, limit: int) -> RepairedOrders:
        """Read along the index of ids. Sends one command."""
        return self._orders.run(lambda orders: repaired(repairs_of(orders), after, limit))

    def _stored(self, order_id: str) -> Document:
        found = self._orders.run(lambda orders: _lenient(orders).find_one({"_id": order_id}))
        if found is None:
            raise OrderMissingError(order_id)
        return found

    def _before(self, order_id: str, repair_id: str) -> Document | None:
        wanted = {"_id": repair_id, "order_id": order_id}
        found = self._orders.run(lambda orders: repairs_of(orders).find_one(wanted))
        if found is None:
            raise UnknownRepair(repair_id)
        document: Document | None = found["document"]
        return document


def planned(stored: Document, edit: DocumentEdit, repairer: Repairer) -> RepairPlan:
    """Return the repair of a document. Raises RepairRefused."""
    _require_storable(stored)
    document = edited(stored, edit)
    document.pop(CHANGED_BY_HAND, None)
    document["version"] = _next_version(stored, document)
    order, still_wrong = _completed(stored, document)
    changes = _cut(_shown(stored), _shown(document))
    if order is not None:
        note = StaffNote(REPAIR, repairer.by, repair_note(repairer.reason, changes), repairer.at)
        order = replace(order, notes=(*order.notes, note))
        document["notes"] = [*document.get("notes", ()), asdict(note)]
        document["seal"] = to_document(order)["seal"]
        still_wrong = tuple(_problems(document, order))
        _require_storable(document)
    _, findings = read_for_audit(stored)
    return RepairPlan(
        order_id=stored["_id"],
        repairer=repairer,
        changes=changes,
        wrong=tuple(finding.text for finding in findings),
        still_wrong=still_wrong,
        after=order,
        stored=stored,
        written=document,
    )


def _require_storable(document: Document) -> None:
    """Raises RepairRefused: MongoDB does not take the document, or not its copy in another one."""
    order_id = document["_id"]
    try:
        size = len(bson.encode(document))
    except (BSONError, OverflowError, RecursionError) as error:
        raise RepairRefused(
            f"The document of order {order_id} could not be stored: {error}. Set smaller values."
        ) from None
    if size > _LARGEST:
        raise RepairRefused(
            f"The document of order {order_id} has {size} bytes, and a copy of it cannot be kept: "
            f"gorder repairs documents of {_LARGEST} bytes at most."
        )


def _completed(stored: Document, document: Document) -> tuple[Order | None, tuple[str, ...]]:
    """Set what follows from the other fields; return the order, or why it cannot be written."""
    try:
        order = to_order(document)
    except OrderUnreadableError as error:
        return None, (error.problems,)
    is_new = any(document[name] != stored.get(name) for name in ("lines", "currency"))
    if exceeded := tuple(exceeded_bounds(order, is_new=is_new)):
        return None, exceeded
    written = to_document(order)
    document |= {name: written[name] for name in _FOLLOWS}
    expected, earlier = earlier_payment(order.payment), document["payment"]
    document["payment"] = (earlier or {}) | expected if expected else None
    return order, ()


def _problems(document: Document, order: Order) -> list[str]:
    _, findings = read_for_audit(document)
    problems = [finding.text for finding in findings]
    if isinstance(order.status, LaterStatus):
        problems.append(f"its status is {order.status.value}, none of {', '.join(Status)}")
    return problems


def _next_version(stored: Document, document: Document) -> int:
    """Return a version after every one that the document may have had."""
    seal, history = stored.get("seal"), document.get("history")
    known = [
        stored.get("version"),
        seal.get("version") if isinstance(seal, dict) else None,
        len(history) if isinstance(history, list) else None,
    ]
    numbers = [n for n in known if isinstance(n, int) and 0 <= n < MAX_INTEGER]
    return max(numbers, default=0) + 1


def _shown(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in _NOT_SHOWN}


def _cut(before: Document, after: Document) -> tuple[FieldChange, ...]:
    changes = list(differences(before, after))
    shown = [
        FieldChange(each.path, _shortened(each.before), _shortened(each.after))
        for each in changes[:_MOST_CHANGES]
    ]
    if len(changes) > _MOST_CHANGES:
        shown.append(FieldChange(f"and {len(changes) - _MOST_CHANGES} more fields", None, None))
    return tuple(shown)


def _shortened(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"


def _which(plan: RepairPlan) -> Document:
    """Return the document as it was planned for: any write of gorder since changes one of these."""
    stored = plan.stored
    same = {
        name: {"$eq": stored[name]} if name in stored else {"$exists": False} for name in _WRITTEN
    }
    return {"_id": plan.order_id} | same


def _update(plan: RepairPlan) -> Document:
    """Return the operators that make the planned document of the stored one."""
    stored, written = plan.stored, dict(plan.written)
    notes = written.pop("notes")
    changed = {
        name: value
        for name, value in written.items()
        if name != "changed_at" and (name not in stored or any(differences(stored[name], value)))
    }
    update: Document = {"$set": changed, "$currentDate": {"changed_at": True}}
    if not any(differences(stored.get("notes", []), notes[:-1])):
        update["$push"] = {"notes": notes[-1]}
    else:
        changed["notes"] = notes
    gone = [name for name in stored if name not in plan.written and name != "changed_at"]
    # A read since the plan may have set the mark.
    update["$unset"] = dict.fromkeys([*gone, CHANGED_BY_HAND], "")
    return update


def _lenient(orders: "Collection[Document]") -> "Collection[Document]":
    return orders.with_options(lenient(orders.codec_options))
