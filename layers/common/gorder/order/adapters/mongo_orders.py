"""Orders in DocumentDB (MongoDB wire protocol)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from gorder.order.adapters.mongo_documents import (
    PAYMENT_FIELDS,
    Document,
    delivered_events,
    payment_keys,
    to_document,
    to_order,
    to_update,
)
from gorder.order.model import Order
from gorder.order.outbox_events import EVENTS
from gorder.order.ports import OrderMissingError, OrderStoreUnavailableError
from gorder.order.status import OPEN, Status

if TYPE_CHECKING:
    from pymongo.collection import Collection

COLLECTION = "orders"
_AUTHENTICATION_FAILED: Final = 18  # a MongoDB error code
# Orders and events of a later release are left for its own sweep.
_STATUSES: Final = [status.value for status in Status]
_OPEN: Final = [status.value for status in OPEN]
_EVENT_TYPES: Final = sorted(EVENTS)


class MongoOrders:
    """`OrderRepository` on MongoDB. The client must return timezone-aware times."""

    def __init__(self, connect: Callable[[], "Collection[Document]"]) -> None:
        """Connect at the first call, and again after the password has changed.

        Args:
            connect: returns the collection on a new client, with the current credentials.
        """
        self._connect = connect
        self._orders: Collection[Document] | None = None

    def add(self, order: Order) -> bool:
        document = to_document(order)
        try:
            self._run(lambda orders: orders.insert_one(document))
        except DuplicateKeyError:
            return False
        return True

    def get(self, order_id: str) -> Order:
        document = self._run(lambda orders: orders.find_one({"_id": order_id}))
        if document is None:
            raise OrderMissingError(order_id)
        return to_order(document)

    def replace(self, before: Order, after: Order) -> bool:
        stored = {
            "_id": before.order_id,
            "status": before.status.value,
            "version": before.version,
        }
        update = to_update(before, after)
        return self._run(lambda orders: orders.update_one(stored, update)).matched_count == 1

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        event = {"occurred_at": {"$lt": before}, "event_type": {"$in": _EVENT_TYPES}}
        wanted = {"outbox": {"$elemMatch": event}, "status": {"$in": _STATUSES}}
        documents = self._run(
            lambda orders: (
                orders.find(wanted, {"_id": 1})
                .sort("outbox.occurred_at", ASCENDING)
                .limit(limit)
                .to_list()
            )
        )
        return [document["_id"] for document in documents]

    def overdue(self, before: datetime, limit: int) -> list[str]:
        wanted = {"status": {"$in": _OPEN}, "checkout.expires_at": {"$lt": before}}
        documents = self._run(
            lambda orders: (
                orders.find(wanted, {"_id": 1})
                .sort("checkout.expires_at", ASCENDING)
                .limit(limit)
                .to_list()
            )
        )
        return [document["_id"] for document in documents]

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        wanted = {"watch_at": {"$lt": before}, "status": {"$in": _STATUSES}}
        documents = self._run(
            lambda orders: (
                orders.find(wanted, {"_id": 1}).sort("watch_at", ASCENDING).limit(limit).to_list()
            )
        )
        return [document["_id"] for document in documents]

    def payment_keys(self, order_ids: Iterable[str]) -> dict[str, set[str]]:
        wanted = {"_id": {"$in": list(order_ids)}}
        documents = self._run(lambda orders: orders.find(wanted, PAYMENT_FIELDS).to_list())
        return {document["_id"]: payment_keys(document) for document in documents}

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        delivered = delivered_events(list(event_ids))
        self._run(lambda orders: orders.update_one({"_id": order_id}, {"$pull": delivered}))

    def close(self) -> None:
        """Close the client. The next call connects again."""
        orders, self._orders = self._orders, None
        if orders is not None:
            orders.database.client.close()

    def _run[T](self, work: Callable[["Collection[Document]"], T]) -> T:
        """Run the work. If the server refuses the password, run it again with the current one.

        The repetition is safe, because a refused client has sent no other command.
        """
        try:
            try:
                return work(self._connected())
            except OperationFailure as error:
                if error.code != _AUTHENTICATION_FAILED:
                    raise
                self.close()
                return work(self._connected())
        except DuplicateKeyError:
            raise
        except PyMongoError as error:
            raise OrderStoreUnavailableError(
                f"the order database did not answer: {type(error).__name__}"
            ) from error

    def _connected(self) -> "Collection[Document]":
        if self._orders is None:
            self._orders = self._connect()
        return self._orders
