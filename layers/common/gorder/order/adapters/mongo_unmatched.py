"""Records of payments whose order is not stored."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from bson.datetime_ms import DatetimeMS
from pymongo import DESCENDING

from gorder.order.adapters.mongo_documents import Document, payment_document, to_payment
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.adapters.mongo_queries import NEWEST_FOUND, Keys
from gorder.order.adapters.mongo_shape import KEPT, is_of, require
from gorder.order.adapters.mongo_shape import UNMATCHED as SHAPE
from gorder.order.errors import OrderUnreadableError, UnknownPayment
from gorder.order.payments import KeptPayment, Payment, UnmatchedPayment, UnreadablePayment

if TYPE_CHECKING:
    from pymongo.collection import Collection

UNMATCHED: Final = "unmatched_payments"
"""Payments of this deployment whose order is not stored."""
_NO_TIME: Final[Document] = {"found_at": {"$not": {"$type": "date"}}}
_BY_ID: Final[Keys] = [("_id", DESCENDING)]


def records_of(orders: "Collection[Document]") -> "Collection[Document]":
    """Return the collection beside that of the orders."""
    return orders.database.get_collection(UNMATCHED, lenient(orders.codec_options))


def keep(
    records: "Collection[Document]",
    order_id: str,
    payment: Payment,
    at: datetime,
    kept: KeptPayment | None,
) -> None:
    """Do what `OrderRepository.keep_unmatched` does. Can be repeated."""
    record = {"order_id": order_id, "payment": payment_document(payment), "seen_at": at}
    this: Document = {"_id": payment.key}
    if kept is None:
        _upsert(records, this, record, at)
        return
    who = asdict(kept)
    stored = records.find_one(this)
    if stored and isinstance(to_unmatched(stored), UnreadablePayment):
        records.replace_one(_with_same(this, stored), record | _readable(stored, at))
    _upsert(records, this, record, at)
    first = {"kept": {"$exists": False}}
    if records.update_one(this | first, {"$set": {"kept": who}}).matched_count == 0:
        another = {"kept": {"$ne": who}}
        records.update_one(this | another, {"$addToSet": {"kept_again": who}})


def _with_same(this: Document, stored: Document) -> Document:
    """Return what the record has if no one was added to those who keep it since it was read."""
    names = ("kept", "kept_again")
    return this | {n: {"$eq": stored[n]} if n in stored else {"$exists": False} for n in names}


def _readable(stored: Document, at: datetime) -> Document:
    """Return who keeps the payment and when it was found, or that time if there is none to read."""
    again = stored.get("kept_again")
    found = [stored.get("kept"), *(again if isinstance(again, list) else ())]
    kept = [each for each in found if is_of(each, KEPT)]
    found_at = stored.get("found_at")
    readable: Document = {"found_at": found_at if isinstance(found_at, datetime) else at}
    return readable | ({"kept": kept[0], "kept_again": kept[1:]} if kept else {})


def listed(
    records: "Collection[Document]", limit: int, after: str | None
) -> list[UnmatchedPayment | UnreadablePayment]:
    """Return what `OrderRepository.unmatched_payments` does. Raises UnknownPayment."""
    pages = (
        records.find(wanted).sort(keys).hint(NEWEST_FOUND).limit(limit)
        for wanted, keys in _ranges(records, after)
    )
    return list(map(to_unmatched, islice(chain.from_iterable(pages), limit)))


def to_unmatched(record: Document) -> UnmatchedPayment | UnreadablePayment:
    """Return the payment of a record, or what is wrong with the record."""
    key = record["_id"]
    try:
        require(key, record, SHAPE)
    except OrderUnreadableError as error:
        return UnreadablePayment(str(key), error.problems)
    payment = to_payment(record["payment"])
    if payment.key != key:
        return UnreadablePayment(str(key), "payment: of another id")
    first = [record["kept"]] if "kept" in record else []
    everyone = [*first, *record.get("kept_again", ())]
    kept = dict.fromkeys(KeptPayment(each["by"], each["reason"]) for each in everyone)
    return UnmatchedPayment(record["order_id"], payment, record["found_at"], tuple(kept))


def _upsert(
    records: "Collection[Document]", this: Document, record: Document, at: datetime
) -> None:
    records.update_one(this, {"$set": record, "$setOnInsert": {"found_at": at}}, upsert=True)


def _ranges(records: "Collection[Document]", after: str | None) -> Iterator[tuple[Document, Keys]]:
    """Yield the parts of the list. One query with `$or` would read the whole collection."""
    if after is None:
        yield {"found_at": {"$type": "date"}}, NEWEST_FOUND
        yield _NO_TIME, _BY_ID
        return
    found = records.find_one({"_id": after}, {"found_at": 1})
    if found is None:
        raise UnknownPayment(after)
    at = found.get("found_at")
    if isinstance(at, datetime | DatetimeMS):
        yield {"found_at": at, "_id": {"$lt": after}}, NEWEST_FOUND
        yield {"found_at": {"$lt": at}}, NEWEST_FOUND
        yield _NO_TIME, _BY_ID
    else:
        yield _NO_TIME | {"_id": {"$lt": after}}, _BY_ID
