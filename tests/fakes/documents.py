"""The documents of orders in memory, some of them changed by hand."""

from copy import deepcopy

from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_kept_repairs import (
    FORGOTTEN_REPAIR,
    kept_repair,
    shown_document,
)
from gorder.order.adapters.mongo_repair import planned
from gorder.order.errors import UnknownRepair
from gorder.order.repairs import DocumentEdit, Repairer, RepairPlan, StoredDocument
from gorder.order.retention import RepairedOrders
from gorder.order.store_errors import OrderMissingError, OrderStoreUnavailableError
from tests.fakes.orders import MemoryOrders


class MemoryOrderDocuments:
    """`OrderDocuments` and `RecordOfRepairs` of a `MemoryOrders`.

    `changed` has the documents that were changed by hand.
    A document's version is the one of its order, so a write of the order is noticed.
    """

    def __init__(self, orders: MemoryOrders) -> None:
        self._orders = orders
        self.changed: dict[str, Document] = {}
        self.repairs: dict[str, Document] = {}

    def plan(self, order_id: str, edit: DocumentEdit, repairer: Repairer) -> RepairPlan:
        return planned(self._stored(order_id), edit, repairer)

    def save(self, plan: RepairPlan, repair_id: str) -> bool:
        if self._stored(plan.order_id) != plan.stored or plan.after is None:
            return False
        self.repairs[repair_id] = kept_repair(plan, repair_id)
        self._orders.stored[plan.order_id] = plan.after
        self._orders.unreadable.discard(plan.order_id)
        self.changed.pop(plan.order_id, None)
        return True

    def document(self, order_id: str, repair_id: str | None = None) -> StoredDocument:
        shown: Document | None = self._stored(order_id)
        of_order = [each for each in self.repairs.values() if each["order_id"] == order_id]
        if repair_id is not None:
            if repair_id not in {each["_id"] for each in of_order}:
                raise UnknownRepair(repair_id)
            shown = self.repairs[repair_id]["document"]
        return shown_document(order_id, shown, of_order)

    def forget(self, order_id: str) -> None:
        with self._orders.faults.call("repairs.forget", OrderStoreUnavailableError):
            for kept in self.repairs.values():
                if kept["order_id"] == order_id:
                    kept.update(FORGOTTEN_REPAIR)

    def repaired(self, after: str | None, limit: int) -> RepairedOrders:
        with self._orders.faults.call("repairs.repaired", OrderStoreUnavailableError):
            page = sorted(each for each in self.repairs if after is None or each > after)[:limit]
            found = [self.repairs[each] for each in page]
            return RepairedOrders(
                frozenset(each["order_id"] for each in found if each["document"]),
                page[-1] if len(page) == limit else None,
            )

    def _stored(self, order_id: str) -> Document:
        if order_id in self.changed:
            return deepcopy(self.changed[order_id])
        if order_id not in self._orders.stored:
            raise OrderMissingError(order_id)
        return to_document(self._orders.stored[order_id])
