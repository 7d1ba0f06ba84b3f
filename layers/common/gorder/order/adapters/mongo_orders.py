"""Orders in DocumentDB (MongoDB wire protocol)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bson.codec_options import DatetimeConversion
from bson.errors import InvalidBSON
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from gorder.errors import DefectError
from gorder.order.adapters import mongo_unmatched
from gorder.order.adapters.mongo_documents import (
    PAYMENT_FIELDS,
    Document,
    as_stored,
    delivered_events,
    has_change,
    payment_keys,
    to_document,
    to_order,
    to_postponement,
    to_update,
)
from gorder.order.adapters.mongo_errors import may_be_applied, refused_user, translated
from gorder.order.adapters.mongo_findings import CHANGED_BY_HAND
from gorder.order.adapters.mongo_lists import list_money_day, list_placed, list_stuck
from gorder.order.adapters.mongo_numbers import next_number
from gorder.order.adapters.mongo_queries import (
    overdue_before,
    undelivered_before,
    unfinished_before,
)
from gorder.order.adapters.mongo_seal import broken_seal
from gorder.order.adapters.mongo_unsent import was_sent
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from gorder.order.outbox_events import EVENTS
from gorder.order.payments import KeptPayment, Payment, UnmatchedPayment, UnreadablePayment
from gorder.order.postponement import Postponement
from gorder.order.records import OrderFilter, OrderRecord
from gorder.order.store_errors import (
    OrderMissingError,
    OrderStoreUnavailableError,
    OrderStoreUnreachableError,
)

if TYPE_CHECKING:
    from pymongo.collection import Collection

COLLECTION = "orders"
# Not a field of the order: it changes no version, and other releases ignore and keep it.
_POSTPONED: Final = "postponed"


class MongoOrders:
    """`OrderRepository` on MongoDB. The client must return timezone-aware times.

    DocumentDB has no retryable writes, so a write whose answer is lost is repeated here, once. Each
    write can be: what it did the first time is found in the stored order. The driver repeats reads.
    """

    def __init__(self, connect: Callable[[], "Collection[Document]"]) -> None:
        """Connect at the first call, and again after the password has changed.

        Args:
            connect: returns the collection on a new client, with the current credentials.
        """
        self._connect = connect
        self._orders: Collection[Document] | None = None

    def add(self, order: Order) -> bool:
        document = to_document(order)

        def insert(orders: "Collection[Document]") -> bool:
            try:
                orders.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

        def insert_again(orders: "Collection[Document]") -> bool:
            if insert(orders):
                return True
            stored = orders.find_one({"_id": order.order_id})
            return stored == as_stored(document, orders.codec_options)

        try:
            return self.run(insert, insert_again)
        except OrderStoreUnavailableError as error:
            if was_sent(error):
                raise
            raise OrderStoreUnreachableError(str(error)) from error

    def get(self, order_id: str) -> Order:
        try:
            document = self.run(lambda orders: orders.find_one({"_id": order_id}))
        except InvalidBSON:  # a time after the year 9999, for example
            raise OrderUnreadableError(order_id, "a value that Python does not have") from None
        if document is None:
            raise OrderMissingError(order_id)
        order = to_order(document)
        if any(broken_seal(document, to_document(order))):
            self._mark_as_changed(document)
        return order

    def _mark_as_changed(self, document: Document) -> None:
        """Keep for the audit that the seal is broken, because the next write seals the order.

        A document that was written since is not marked: a repair may have ended what was found.
        """
        read = {name: {"$eq": document[name]} for name in ("_id", "version", "seal")}
        mark = {"$set": {CHANGED_BY_HAND: {"version": document["version"]}}}
        self.run(lambda orders: orders.update_one(read, mark))

    def replace(self, before: Order, after: Order, *, is_dated: bool = True) -> bool:
        stored = {
            "_id": before.order_id,
            "status": before.status.value,
            "version": before.version,
        }
        update = to_update(before, after)
        if is_dated:
            update["$currentDate"] = {"changed_at": True}

        def write(orders: "Collection[Document]") -> bool:
            return orders.update_one(stored, update).matched_count == 1

        def write_again(orders: "Collection[Document]") -> bool:
            if write(orders):
                return True
            found = orders.find_one({"_id": before.order_id})
            return found is not None and has_change(found, before, after, orders.codec_options)

        return self.run(write, write_again)

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        _, wanted = undelivered_before(before)
        return self._oldest(wanted, "outbox.occurred_at", before, limit)

    def overdue(self, before: datetime, limit: int) -> list[str]:
        return self._oldest(overdue_before(before), "checkout.expires_at", before, limit)

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        return self._oldest(unfinished_before(before), "watch_at", before, limit)

    def oldest_undelivered(self, before: datetime) -> datetime | None:
        event, wanted = undelivered_before(before)
        fields = {f"outbox.{name}": 1 for name in event}
        found = self.run(
            lambda orders: _in_bounds(orders).find_one(
                wanted, fields, sort=[("outbox.occurred_at", ASCENDING)]
            )
        )
        return min(_times(found["outbox"]), default=None) if found else None

    def next_number(self) -> int:
        return self.run(next_number, next_number)

    def postpone(self, order_id: str, at: datetime) -> None:
        postponed = asdict(Postponement.after(self.postponement(order_id), at))
        update = {"$set": {_POSTPONED: postponed}}
        self.run(lambda orders: orders.update_one({"_id": order_id}, update))

    def postponement(self, order_id: str) -> Postponement | None:
        wanted = {"_id": order_id}
        found = self.run(lambda orders: _in_bounds(orders).find_one(wanted, {_POSTPONED: 1}))
        return to_postponement(found)

    def list_placed(
        self,
        wanted: OrderFilter,
        limit: int,
        after: str | None = None,
        *,
        oldest_first: bool = False,
    ) -> list[OrderRecord]:
        return self.run(
            lambda orders: list_placed(orders, wanted, limit, after, oldest_first=oldest_first)
        )

    def list_stuck(
        self, wanted: OrderFilter, at: datetime, limit: int, after: str | None = None
    ) -> list[OrderRecord]:
        return self.run(lambda orders: list_stuck(orders, wanted, at, limit, after))

    def list_money_day(self, day: str, limit: int, after: str | None = None) -> list[OrderRecord]:
        return self.run(lambda orders: list_money_day(orders, day, limit, after))

    def keep_unmatched(
        self, order_id: str, payment: Payment, at: datetime, kept: KeptPayment | None = None
    ) -> None:
        def upsert(orders: "Collection[Document]") -> None:
            mongo_unmatched.keep(mongo_unmatched.records_of(orders), order_id, payment, at, kept)

        self.run(upsert, upsert)

    def unmatched_payments(
        self, limit: int, after: str | None
    ) -> list[UnmatchedPayment | UnreadablePayment]:
        return self.run(
            lambda orders: mongo_unmatched.listed(mongo_unmatched.records_of(orders), limit, after)
        )

    def payment_keys(self, order_ids: Iterable[str]) -> dict[str, set[str]]:
        wanted = {"_id": {"$in": list(order_ids)}}
        documents = self.run(
            lambda orders: _in_bounds(orders).find(wanted, PAYMENT_FIELDS).to_list()
        )
        return {document["_id"]: payment_keys(document) for document in documents}

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        delivered = delivered_events(list(event_ids))

        def pull(orders: "Collection[Document]") -> None:
            orders.update_one({"_id": order_id}, {"$pull": delivered})

        self.run(pull, pull)

    def _oldest(self, wanted: Document, field: str, before: datetime, limit: int) -> list[str]:
        """Return the ids of orders by the time in that field, without those that are postponed."""
        now = {f"{_POSTPONED}.until": {"$not": {"$gte": before}}}
        documents = self.run(
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

    def run[T](
        self,
        work: Callable[["Collection[Document]"], T],
        again: Callable[["Collection[Document]"], T] | None = None,
    ) -> T:
        """Run the work.

        Args:
            work: sends a command.
            again: runs after a command whose answer was lost, and returns what the work would have.
        """
        try:
            try:
                return self._with_current_password(work)
            except PyMongoError as error:
                if again is None or not may_be_applied(error):
                    raise
                return self._with_current_password(again)
        except PyMongoError as error:
            orders = self._orders
            failure = translated(error, orders.database.client if orders is not None else None)
            if isinstance(failure, DefectError):
                self.close()  # the driver keeps what it knows of the servers
            raise failure from error

    def _with_current_password[T](self, work: Callable[["Collection[Document]"], T]) -> T:
        """Run the work. If the server refuses the user, run it again with the current password.

        The repetition is safe, because a refused client has sent no other command.
        """
        try:
            return work(self._connected())
        except OperationFailure as error:
            if not refused_user(error):
                raise
            self.close()
            return work(self._connected())

    def _connected(self) -> "Collection[Document]":
        if self._orders is None:
            self._orders = self._connect()
        return self._orders


def _in_bounds(orders: "Collection[Document]") -> "Collection[Document]":
    """Return the collection with times that Python does not have as the nearest one it has."""
    clamped = DatetimeConversion.DATETIME_CLAMP
    return orders.with_options(orders.codec_options.with_options(datetime_conversion=clamped))


def _times(outbox: Iterable[object]) -> Iterator[datetime]:
    for event in outbox:
        match event:
            case {"event_type": str(name), "occurred_at": datetime() as at} if name in EVENTS:
                yield at
