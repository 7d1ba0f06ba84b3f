"""What a repair needs from the order database: documents, readable or not."""

from typing import Protocol

from gorder.order.repairs import DocumentEdit, Repairer, RepairPlan, StoredDocument


class OrderDocuments(Protocol):
    """The documents of orders. Every method raises what `OrderRepository` raises."""

    def plan(self, order_id: str, edit: DocumentEdit, repairer: Repairer) -> RepairPlan:
        """Return what a repair would change. Raises OrderMissingError, RepairRefused."""
        ...

    def save(self, plan: RepairPlan, repair_id: str) -> bool:
        """Keep the document as it was, and write the plan; return whether it is written.

        It is not if the order was written since it was planned. The id begins with that of the
        order and a colon.
        """
        ...

    def document(self, order_id: str, repair_id: str | None = None) -> StoredDocument:
        """Return an order's document, or the one before a repair.

        Raises OrderMissingError, UnknownRepair.
        """
        ...
