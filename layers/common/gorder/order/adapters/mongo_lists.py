"""Lists of orders for staff, each along an index.

Each query names its index, so that the server chooses no other one. Each status is a query of its
own: with `$in`, the server would have to sort all orders of these statuses.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import ASCENDING, DESCENDING

from gorder.order.adapters.mongo_documents import Document, to_order, to_postponement
from gorder.order.adapters.mongo_queries import (
    BY_CUSTOMER_PLACED,
    BY_EVENT,
    BY_MONEY_DAY,
    BY_PAY_UNTIL,
    BY_POSTPONED,
    BY_STATUS_PLACED,
    BY_WATCH,
    NEWEST_PLACED,
    Keys,
    overdue_before,
    undelivered_before,
    unfinished_before,
)
from gorder.order.errors import OrderNotListed, OrderUnreadableError
from gorder.order.records import STUCK_AFTER, OrderFilter, OrderRecord

if TYPE_CHECKING:
    from pymongo.collection import Collection

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_SOURCES: Final = 4  # in which one order may be stuck


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an order is in the list."""

    at: datetime
    order_id: str


def list_placed(
    orders: "Collection[Document]",
    wanted: OrderFilter,
    limit: int,
    after: str | None,
    *,
    oldest_first: bool,
) -> list[OrderRecord]:
    """Return what `OrderRepository.list_placed` does."""
    readable = _lenient(orders)
    place = _place(readable, after) if after is not None else None
    direction = ASCENDING if oldest_first else DESCENDING
    sort = [(name, direction) for name, _ in NEWEST_PLACED]
    found = [
        document
        for chosen, index in _chosen(wanted)
        for document in _walk(
            readable, chosen, index, sort, _ranges(wanted, place, direction), limit
        )
    ]
    found.sort(key=_sort_key, reverse=not oldest_first)
    return [to_record(document) for document in found[:limit]]


def list_money_day(
    orders: "Collection[Document]", day: str, limit: int, after: str | None
) -> list[OrderRecord]:
    """Return what `OrderRepository.list_money_day` does."""
    later = {} if after is None else {"_id": {"$gt": after}}
    found = _lenient(orders).find({"money_on": day} | later, hint=BY_MONEY_DAY)
    return [to_record(document) for document in found.sort("_id", ASCENDING).limit(limit)]


def list_stuck(
    orders: "Collection[Document]",
    wanted: OrderFilter,
    at: datetime,
    limit: int,
    after: str | None,
) -> list[OrderRecord]:
    """Return what `OrderRepository.list_stuck` does.

    It reads where each stuck order is in the list, and keeps no more of them than it returns.
    """
    readable = _lenient(orders)
    place = _place(readable, after) if after is not None else None
    last = (place.at, place.order_id) if place else None
    keys = (
        (_sort_key(document), document["_id"])
        for source, index in _stuck(at)
        for document in readable.find(
            {"$and": [source, *_conditions(wanted)]}, {"placed_at": 1}, hint=index
        )
    )
    earlier = (each for each in keys if last is None or each[0] < last)
    first = nlargest(_SOURCES * limit, earlier, key=lambda each: each[0])
    ids = list(dict.fromkeys(order_id for _, order_id in first))[:limit]
    found = readable.find({"_id": {"$in": ids}}).to_list()
    return [to_record(document) for document in sorted(found, key=_sort_key, reverse=True)]


def _chosen(wanted: OrderFilter) -> Iterator[tuple[Document, Keys]]:
    """Yield the queries whose results together are the wanted orders, each with its index."""
    statuses = [status.value for status in wanted.statuses]
    if wanted.customer_id is not None:  # a customer has few orders
        status = {"status": {"$in": statuses}} if statuses else {}
        yield {"customer_id": wanted.customer_id} | status, BY_CUSTOMER_PLACED
    elif statuses:
        for each in statuses:
            yield {"status": each}, BY_STATUS_PLACED
    else:
        yield {}, NEWEST_PLACED


def _walk(
    orders: "Collection[Document]",
    chosen: Document,
    index: Keys,
    sort: Keys,
    ranges: Iterable[Document],
    limit: int,
) -> list[Document]:
    """Return the first documents of the ranges. One query with `$or` would use no index to sort."""
    found: list[Document] = []
    for each in ranges:
        if left := limit - len(found):
            found += orders.find(chosen | each, hint=index).sort(sort).limit(left).to_list()
    return found


def _ranges(wanted: OrderFilter, place: _Place | None, direction: int) -> list[Document]:
    """Return the ranges of the list that follow the place, or the whole list."""
    first = wanted.placed_from or _NEVER
    bounds: Document = {"$gte": first}
    if wanted.placed_until:
        bounds["$lt"] = wanted.placed_until
    if place is None:
        return [{"placed_at": bounds}]
    follows = "$gt" if direction == ASCENDING else "$lt"
    ranges: list[Document] = []
    if first <= place.at and (wanted.placed_until is None or place.at < wanted.placed_until):
        ranges.append({"placed_at": place.at, "_id": {follows: place.order_id}})
    if direction == ASCENDING:
        bounds["$gt"] = place.at
    else:
        bounds["$lt"] = min(place.at, wanted.placed_until or place.at)
    return [*ranges, {"placed_at": bounds}]


def _stuck(at: datetime) -> Iterator[tuple[Document, Keys]]:
    """Yield the queries of `list_stuck`. Orders of a later release are left to that release."""
    late = at - STUCK_AFTER
    _, undelivered = undelivered_before(late)
    yield undelivered, BY_EVENT
    yield overdue_before(late), BY_PAY_UNTIL
    yield unfinished_before(late), BY_WATCH
    yield {"postponed.until": {"$exists": True, "$gte": at}}, BY_POSTPONED


def _conditions(wanted: OrderFilter) -> Iterator[Document]:
    if wanted.statuses:
        yield {"status": {"$in": [status.value for status in wanted.statuses]}}
    if wanted.customer_id is not None:
        yield {"customer_id": wanted.customer_id}
    if wanted.placed_from:
        yield {"placed_at": {"$gte": wanted.placed_from}}
    if wanted.placed_until:
        yield {"placed_at": {"$lt": wanted.placed_until}}


def _place(orders: "Collection[Document]", order_id: str) -> _Place:
    found = orders.find_one({"_id": order_id}, {"placed_at": 1})
    if found is None:
        raise OrderNotListed(order_id)
    return _Place(_placed_at(found), order_id)


def _sort_key(document: Document) -> tuple[datetime, str]:
    return _placed_at(document), str(document["_id"])  # a document by hand has any id


def _placed_at(document: Document) -> datetime:
    """Return the time, or the first one of the calendar if the document has none yet."""
    return _time(document.get("placed_at")) or _NEVER


def to_record(document: Document) -> OrderRecord:
    """Return the order of a document, or why it cannot be read."""
    order, unreadable = None, None
    try:
        order = to_order(document)
    except OrderUnreadableError as error:
        unreadable = error.problems
    customer_id = document.get("customer_id")
    return OrderRecord(
        order_id=str(document["_id"]),
        placed_at=_time(document.get("placed_at")),
        customer_id=customer_id if isinstance(customer_id, str) else None,
        order=order,
        unreadable=unreadable,
        watch_at=_time(document.get("watch_at")),
        postponed=to_postponement(document),
    )


def _time(value: Any) -> datetime | None:  # noqa: ANN401 - of a document that was changed by hand
    return value if isinstance(value, datetime) else None


def lenient(options: CodecOptions[Document]) -> CodecOptions[Document]:
    """Return the options so that no value of a document makes it fail to be decoded.

    A time that Python does not have stays a number, which is no time, and is named as such.
    """
    return options.with_options(
        datetime_conversion=DatetimeConversion.DATETIME_AUTO,
        unicode_decode_error_handler="replace",
    )


def _lenient(orders: "Collection[Document]") -> "Collection[Document]":
    return orders.with_options(lenient(orders.codec_options))
