"""Reads orders for an audit, page by page, and keeps how far the audit has come."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pymongo import ASCENDING

from gorder.contracts.audit import AuditedOrder, AuditedPayment, Checkpoint, Finding, OrderPage
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_findings import read_for_audit
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.adapters.mongo_unmatched import records_of, to_unmatched
from gorder.order.audited import audited, audited_payment
from gorder.order.outbox_events import EVENTS
from gorder.order.payments import UnmatchedPayment
from gorder.order.status import OPEN, Status

if TYPE_CHECKING:
    from pymongo.collection import Collection as Orders

AUDITS: Final = "audits"
"""How far the hourly audit has come."""
_HOURLY: Final = "hourly"
_STATUSES: Final = {"$in": [status.value for status in Status]}
_LATE_AT_MOST: Final = 100  # of each kind
_STEP: Final = timedelta(milliseconds=1)


class MongoOrderBook:
    """The orders, as an audit reads them. Every method raises what `OrderRepository` raises."""

    def __init__(self, orders: MongoOrders) -> None:
        """Initialize without connecting. The commands are sent on the connection of `orders`."""
        self._orders = orders

    def page(self, after: str, limit: int) -> OrderPage:
        """Return orders by id, those after an id."""
        documents = self._find({"_id": {"$gt": after}}, "_id", limit)
        full = len(documents) == limit
        return _page(documents, documents[-1]["_id"] if full else None)

    def changed(self, since: datetime, limit: int) -> tuple[OrderPage, datetime | None]:
        """Return orders by the time of their last write, and where the next page begins.

        Writes of release 0.1 are not among them. A page may repeat orders of the page before.
        """
        documents = self._find({"changed_at": {"$gte": since}}, "changed_at", limit)
        if len(documents) < limit:
            return _page(documents, None), None
        last = documents[-1]["changed_at"]
        return _page(documents, None), last if last > since else last + _STEP

    def named(self, order_ids: Iterable[str]) -> OrderPage:
        """Return those of the orders that are stored."""
        wanted = list(order_ids)
        return _page(self._find({"_id": {"$in": wanted}}, "_id", len(wanted)), None)

    def missing(self, order_ids: Collection[str]) -> set[str]:
        """Return those of the ids that no order has, readable or not."""
        wanted = {"_id": {"$in": list(order_ids)}}
        stored = self._orders.run(lambda orders: orders.find(wanted, {"_id": 1}).to_list())
        return set(order_ids) - {document["_id"] for document in stored}

    def unmatched(self, payments: Collection[str]) -> dict[str, AuditedPayment | None]:
        """Return those that are kept because their order was not stored; None: unreadable."""
        wanted = {"_id": {"$in": list(payments)}}
        stored = self._orders.run(lambda orders: records_of(orders).find(wanted).to_list())
        kept = map(to_unmatched, stored)
        return {
            each.key: audited_payment(each.payment) if isinstance(each, UnmatchedPayment) else None
            for each in kept
        }

    def late(self, before: datetime) -> list[Finding]:
        """Return a finding for each order that something should have happened to before a time."""
        found: list[Finding] = []
        event = {"occurred_at": {"$lt": before}, "event_type": {"$in": sorted(EVENTS)}}
        for field, wanted, text in (
            (
                "checkout.expires_at",
                {"checkout.expires_at": {"$lt": before}, "status": {"$in": [*OPEN]}},
                "its time to pay has ended, and it is open",
            ),
            (
                "watch_at",
                {"watch_at": {"$lt": before}, "status": _STATUSES},
                "the sweep should have looked at it, because it does not go on",
            ),
            (
                "outbox.occurred_at",
                {"outbox": {"$elemMatch": event}, "status": _STATUSES},
                "it has an event that was not published",
            ),
        ):
            found += (
                Finding("order_late", f"order {document['_id']}", text)
                for document in self._find(wanted, field, _LATE_AT_MOST, {"_id": 1})
            )
        return found

    def checkpoint(self) -> Checkpoint:
        """Return how far the hourly audit has come."""
        found = self._orders.run(lambda orders: orders.database[AUDITS].find_one({"_id": _HOURLY}))
        stored = found or {}
        return Checkpoint(
            since=stored.get("since"),
            order_id=stored.get("order_id", ""),
            reserved_id=stored.get("reserved_id", ""),
            subjects=tuple(stored.get("subjects", ())),
        )

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        """Save how far the hourly audit has come."""
        kept = asdict(reached) | {"subjects": list(reached.subjects)}

        def upsert(orders: "Orders[Document]") -> None:
            orders.database[AUDITS].update_one({"_id": _HOURLY}, {"$set": kept}, upsert=True)

        self._orders.run(upsert, upsert)

    def _find(
        self, wanted: Document, field: str, limit: int, projection: Document | None = None
    ) -> list[Document]:
        return self._orders.run(
            lambda orders: (
                _lenient(orders)
                .find(wanted, projection)
                .sort(field, ASCENDING)
                .limit(limit)
                .to_list()
            )
        )


def _lenient(orders: "Orders[Document]") -> "Orders[Document]":
    """Return the collection with values that Python does not have as others, which are found."""
    return orders.with_options(lenient(orders.codec_options))


def _page(documents: list[Document], following: str | None) -> OrderPage:
    orders: list[AuditedOrder] = []
    findings: list[Finding] = []
    for document in documents:
        order, found = read_for_audit(document)
        findings += found
        if order is not None:
            orders.append(audited(order, _changed_at(document)))
    return OrderPage(tuple(orders), tuple(findings), len(documents), following)


def _changed_at(document: Document) -> datetime | None:
    at = document.get("changed_at")
    return at if isinstance(at, datetime) else None
