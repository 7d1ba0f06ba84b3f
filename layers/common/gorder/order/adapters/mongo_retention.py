"""Finds old orders by the index of their last write, and keeps how far retention has come."""

from collections.abc import Collection as Ids
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pymongo import ASCENDING, UpdateOne

from gorder.order.adapters.mongo_backfill import BATCH, backfill
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.retention import RetentionProgress, UnchangedOrder

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from gorder.order.adapters.mongo_documents import Document

RETENTION: Final = "retention"
"""How far retention has come."""
_CUSTOMERS: Final = "customers"
_BY_CHANGE: Final = [("changed_at", ASCENDING)]
_UNCHANGED: Final = {"changed_at": None}  # missing, or null


class MongoOrdersByAge:
    """Implements `OrdersByAge`."""

    def __init__(self, orders: MongoOrders) -> None:
        """Initialize without connecting. The commands are sent on the connection of `orders`."""
        self._orders = orders

    def unchanged(
        self, since: datetime | None, before: datetime, limit: int
    ) -> list[UnchangedOrder]:
        """Read ids and times along the index. Sends one command."""
        times = {"$lt": before} if since is None else {"$gte": since, "$lt": before}

        def read(orders: "Collection[Document]") -> "list[Document]":
            found = orders.find({"changed_at": times}, {"changed_at": 1}, hint=_BY_CHANGE)
            return found.sort(_BY_CHANGE).limit(limit).to_list()

        return [
            UnchangedOrder(document["_id"], document["changed_at"])
            for document in self._orders.run(read)
        ]

    def unchanged_among(self, order_ids: Ids[str], before: datetime) -> list[str]:
        """Read the ids. Sends one command."""
        wanted = {"_id": {"$in": list(order_ids)}, "changed_at": {"$lt": before}}
        found = self._orders.run(lambda orders: orders.find(wanted, {"_id": 1}).to_list())
        return [document["_id"] for document in found]

    def progress(self) -> RetentionProgress:
        """Read the one record of it."""
        found = self._orders.run(
            lambda orders: orders.database[RETENTION].find_one({"_id": _CUSTOMERS})
        )
        stored = found or {}
        left = tuple(stored.get("left", ()))
        return RetentionProgress(stored.get("since"), left, stored.get("repair"))

    def keep_progress(self, reached: RetentionProgress) -> None:
        """Write the one record of it."""
        kept = asdict(reached) | {"left": list(reached.left)}

        def upsert(orders: "Collection[Document]") -> None:
            orders.database[RETENTION].update_one({"_id": _CUSTOMERS}, {"$set": kept}, upsert=True)

        self._orders.run(upsert, upsert)


def date_changes(orders: "Collection[Document]", now: datetime) -> int:
    """Set the time of the last write on orders that release 0.1 wrote; return on how many.

    Can be repeated. It is the time of the last status, or `now` if the document has none to read.
    The version stays the same. An order that is written meanwhile has a later time and keeps it.

    Raises:
        OrderStoreUnavailableError: the server did not answer; the next run continues.
        OrderStoreError: a setting or a bug makes it fail for ever.
    """
    return backfill(orders, _updates(orders, now))


def _updates(orders: "Collection[Document]", now: datetime) -> Iterator[UpdateOne]:
    readable = orders.with_options(lenient(orders.codec_options))
    found = readable.find(_UNCHANGED, {"history.at": 1}, batch_size=BATCH, hint=_BY_CHANGE)
    for document in found:
        changed_at = _last_status_at(document) or now
        yield UpdateOne(_UNCHANGED | {"_id": document["_id"]}, {"$set": {"changed_at": changed_at}})


def _last_status_at(document: "Document") -> datetime | None:
    match document:
        case {"history": [*_, {"at": datetime() as at}]}:
            return at
    return None
