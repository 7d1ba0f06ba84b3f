"""What is kept of the repairs of orders: each document as it was, who repaired it and why."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from pymongo import ASCENDING

from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_edits import to_json
from gorder.order.adapters.mongo_findings import read_for_audit
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.repairs import FieldChange, KeptRepair, Repairer, RepairPlan, StoredDocument
from gorder.order.retention import FORGOTTEN, RepairedOrders

if TYPE_CHECKING:
    from pymongo.collection import Collection

REPAIRS: Final = "order_repairs"
"""Documents as they were before a repair, with who began it and why."""
FORGOTTEN_REPAIR: Final[Document] = {"reason": FORGOTTEN, "changes": [], "document": None}
"""What is written over a kept repair when the order's customer is forgotten."""
_FORGOTTEN_DOCUMENT: Final = "it was removed when the customer of the order was forgotten"


def repairs_of(orders: "Collection[Document]") -> "Collection[Document]":
    """Return the collection of repairs beside that of the orders."""
    return orders.database.get_collection(REPAIRS, lenient(orders.codec_options))


def of_order(order_id: str) -> Document:
    """Return what the repairs of an order have: ids that begin with the order's."""
    return {"_id": {"$gte": f"{order_id}:", "$lt": f"{order_id};"}}


def repaired(repairs: "Collection[Document]", after: str | None, limit: int) -> RepairedOrders:
    """Return what `RecordOfRepairs.repaired` does."""
    wanted = {} if after is None else {"_id": {"$gt": after}}
    by_id = [("_id", ASCENDING)]
    found = repairs.find(wanted, {"order_id": 1, "document._id": 1}, hint=by_id)
    page = found.sort(by_id).limit(limit).to_list()
    return RepairedOrders(
        order_ids=frozenset(each["order_id"] for each in page if each.get("document")),
        next=page[-1]["_id"] if len(page) == limit else None,
    )


def kept_repair(plan: RepairPlan, repair_id: str) -> Document:
    """Return what is kept of a repair."""
    return {
        "_id": repair_id,
        "order_id": plan.order_id,
        "by": plan.repairer.by,
        "reason": plan.repairer.reason,
        "at": plan.repairer.at,
        "changes": [asdict(change) for change in plan.changes],
        "document": plan.stored,
    }


def to_kept_repair(record: Mapping[str, Any]) -> KeptRepair:
    """Return a repair on record."""
    return KeptRepair(
        repair_id=record["_id"],
        repairer=Repairer(record["by"], record["reason"], record["at"]),
        changes=tuple(FieldChange(**change) for change in record["changes"]),
    )


def shown_document(
    order_id: str, document: Document | None, repairs: Iterable[Mapping[str, Any]]
) -> StoredDocument:
    """Return a document with the order's repairs. None: it was removed with the customer."""
    if document is None:
        wrong: tuple[str, ...] = (_FORGOTTEN_DOCUMENT,)
    else:
        _, findings = read_for_audit(document)
        wrong = tuple(finding.text for finding in findings)
    return StoredDocument(
        order_id=order_id,
        document=json.loads(to_json(document or {})),
        wrong=wrong,
        repairs=tuple(map(to_kept_repair, sorted(repairs, key=lambda each: each["at"]))),
    )
