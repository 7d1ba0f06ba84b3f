"""Show staff the document of an order as it is stored, readable or not."""

from dataclasses import dataclass

from gorder.order.known_order import known_order
from gorder.order.repair_ports import OrderDocuments
from gorder.order.repairs import StoredDocument


@dataclass(frozen=True, slots=True)
class ShowDocument:
    """A request of staff for an order's document, or for the one before a repair."""

    order_id: str
    repair_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShowDocumentHandler:
    """Reads the document without reading the order of it."""

    documents: OrderDocuments

    def __call__(self, query: ShowDocument) -> StoredDocument:
        """Return the document, what contradicts it, and its repairs.

        Raises:
            UnknownOrder, UnknownRepair: there is no such order or repair.
            OrderStoreUnavailableError: try again.
        """
        with known_order(query.order_id):
            return self.documents.document(query.order_id, query.repair_id)
