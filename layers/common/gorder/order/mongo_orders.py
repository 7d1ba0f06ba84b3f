"""Orders in DocumentDB (MongoDB wire protocol)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from gorder.order.model import Order, Status
from gorder.order.mongo_documents import Document, to_document, to_history, to_lines, to_order
from gorder.order.ports import OrderMissingError, OrderStoreUnavailableError, OrderView

COLLECTION = "orders"
_OPEN = [Status.PENDING.value, Status.WAITING_FOR_PAYMENT.value]
_SHOWN = {
    "customer_id": 1,
    "status": 1,
    "lines": 1,
    "amount_total": 1,
    "currency": 1,
    "checkout.url": 1,
    "history": 1,
}


class MongoOrders:
    """`OrderRepository` and `OrderViews`. The client must answer with timezone-aware times."""

    def __init__(self, orders: Collection[Document]) -> None:
        self._orders = orders

    def add(self, order: Order) -> bool:
        with _translated():
            try:
                self._orders.insert_one(to_document(order))
            except DuplicateKeyError:
                return False
        return True

    def get(self, order_id: str) -> Order:
        with _translated():
            document = self._orders.find_one({"_id": order_id})
        if document is None:
            raise OrderMissingError(order_id)
        return to_order(document)

    def replace(self, before: Order, after: Order) -> bool:
        stored = {
            "_id": before.order_id,
            "status": before.status.value,
            "version": before.version,
        }
        with _translated():
            return self._orders.replace_one(stored, to_document(after)).matched_count == 1

    def undelivered(self, before: datetime, limit: int) -> list[Order]:
        with _translated():
            found = self._orders.find({"outbox.occurred_at": {"$lt": before}})
            oldest = found.sort("outbox.occurred_at", ASCENDING).limit(limit)
            return [to_order(document) for document in oldest]

    def overdue(self, before: datetime, limit: int) -> list[str]:
        wanted = {"status": {"$in": _OPEN}, "checkout.expires_at": {"$lt": before}}
        with _translated():
            found = self._orders.find(wanted, {"_id": 1})
            longest = found.sort("checkout.expires_at", ASCENDING).limit(limit)
            return [document["_id"] for document in longest]

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        delivered = {"outbox": {"event_id": {"$in": list(event_ids)}}}
        with _translated():
            self._orders.update_one({"_id": order_id}, {"$pull": delivered})

    def find(self, customer_id: str, order_id: str) -> OrderView | None:
        with _translated():
            found = self._orders.find_one({"_id": order_id, "customer_id": customer_id}, _SHOWN)
        if found is None:
            return None
        return OrderView(
            order_id=found["_id"],
            customer_id=found["customer_id"],
            status=found["status"],
            lines=to_lines(found),
            amount_total=found["amount_total"],
            currency=found["currency"],
            payment_link=found["checkout"]["url"],
            history=to_history(found),
        )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise OrderStoreUnavailableError(type(error).__name__) from error
