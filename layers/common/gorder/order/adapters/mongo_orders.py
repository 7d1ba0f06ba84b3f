"""Orders in DocumentDB (MongoDB wire protocol)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bson.codec_options import DatetimeConversion
from bson.errors import InvalidBSON
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from gorder.order.adapters.mongo_documents import (
    Document,
    delivered_events,
    to_document,
    to_order,
    to_update,
)
from gorder.order.adapters.mongo_unsent import was_sent
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from gorder.order.outbox_events import EVENTS
from gorder.order.ports import (
    OrderMissingError,
    OrderStoreUnavailableError,
    OrderStoreUnreachableError,
)
from gorder.order.postponement import Postponement
from gorder.order.status import OPEN, Status

if TYPE_CHECKING:
    from pymongo.collection import Collection

COLLECTION = "orders"
_AUTHENTICATION_FAILED: Final = 18  # a MongoDB error code
# Orders and events of a later release are left for its own sweep.
_STATUSES: Final = [status.value for status in Status]
_OPEN: Final = [status.value for status in OPEN]
_EVENT_TYPES: Final = sorted(EVENTS)
# Not a field of the order: it changes no version, and other releases ignore and keep it.
_POSTPONED: Final = "postponed"


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
        except OrderStoreUnavailableError as error:
            if was_sent(error):
                raise
            raise OrderStoreUnreachableError(str(error)) from error
        return True

    def get(self, order_id: str) -> Order:
        try:
            document = self._run(lambda orders: orders.find_one({"_id": order_id}))
        except InvalidBSON:  # a time after the year 9999, for example
            raise OrderUnreadableError(order_id, ["a value that Python does not have"]) from None
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
        _, wanted = _undelivered(before)
        return self._oldest(wanted, "outbox.occurred_at", before, limit)

    def overdue(self, before: datetime, limit: int) -> list[str]:
        wanted = {"status": {"$in": _OPEN}, "checkout.expires_at": {"$lt": before}}
        return self._oldest(wanted, "checkout.expires_at", before, limit)

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        wanted = {"watch_at": {"$lt": before}, "status": {"$in": _STATUSES}}
        return self._oldest(wanted, "watch_at", before, limit)

    def oldest_undelivered(self, before: datetime) -> datetime | None:
        event, wanted = _undelivered(before)
        fields = {f"outbox.{name}": 1 for name in event}
        found = self._run(
            lambda orders: _in_bounds(orders).find_one(
                wanted, fields, sort=[("outbox.occurred_at", ASCENDING)]
            )
        )
        return min(_times(found["outbox"]), default=None) if found else None

    def postpone(self, order_id: str, at: datetime) -> None:
        wanted = {"_id": order_id}
        found = self._run(lambda orders: _in_bounds(orders).find_one(wanted, {_POSTPONED: 1}))
        postponed = asdict(Postponement.after(_postponement(found), at))
        self._run(lambda orders: orders.update_one(wanted, {"$set": {_POSTPONED: postponed}}))

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        delivered = delivered_events(list(event_ids))
        self._run(lambda orders: orders.update_one({"_id": order_id}, {"$pull": delivered}))

    def _oldest(self, wanted: Document, field: str, before: datetime, limit: int) -> list[str]:
        """Return the ids of orders by the time in that field, without those that are postponed."""
        now = {f"{_POSTPONED}.until": {"$not": {"$gte": before}}}
        documents = self._run(
            lambda orders: (
                orders.find(wanted | now, {"_id": 1}).sort(field, ASCENDING).limit(limit).to_list()
            )
        )
        return [document["_id"] for document in documents]

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


def _undelivered(before: datetime) -> tuple[Document, Document]:
    """Return what an event in the outbox must have, and what the order must have."""
    event = {"occurred_at": {"$lt": before}, "event_type": {"$in": _EVENT_TYPES}}
    return event, {"outbox": {"$elemMatch": event}, "status": {"$in": _STATUSES}}


def _in_bounds(orders: "Collection[Document]") -> "Collection[Document]":
    """Return the collection with times that Python does not have as the nearest one it has."""
    clamped = DatetimeConversion.DATETIME_CLAMP
    return orders.with_options(orders.codec_options.with_options(datetime_conversion=clamped))


def _times(outbox: Iterable[object]) -> Iterator[datetime]:
    for event in outbox:
        match event:
            case {"event_type": str(name), "occurred_at": datetime() as at} if name in EVENTS:
                yield at


def _postponement(found: Document | None) -> Postponement | None:
    match found:
        case {"postponed": {"at": datetime() as at, "until": datetime() as until}}:
            return Postponement(at, until)
    return None
