"""Set when an order was placed on those that a release before `placed_at` wrote."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bson.codec_options import DatetimeConversion
from pymongo import UpdateOne

from gorder.order.adapters.mongo_backfill import BATCH, backfill
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_queries import NEWEST_PLACED

if TYPE_CHECKING:
    from pymongo.collection import Collection

_UNDATED: Final = {"placed_at": None}  # missing, or null


def date_orders(orders: "Collection[Document]", now: datetime) -> int:
    """Set `placed_at` on orders without it; return on how many.

    Can be repeated. The version stays the same, and other releases keep the field. An order whose
    document has no time to read is dated `now`, so that it is among the first in the list of staff.

    Raises:
        OrderStoreUnavailableError: the server did not answer; the next run continues.
        OrderStoreError: a setting or a bug makes it fail for ever.
    """
    return backfill(orders, _updates(orders, now))


def _updates(orders: "Collection[Document]", now: datetime) -> Iterator[UpdateOne]:
    clamped = orders.codec_options.with_options(
        datetime_conversion=DatetimeConversion.DATETIME_CLAMP
    )
    found = orders.with_options(clamped).find(
        _UNDATED, {"history.at": 1}, batch_size=BATCH, hint=NEWEST_PLACED
    )
    for document in found:
        placed_at = _placed_at(document) or now
        yield UpdateOne(_UNDATED | {"_id": document["_id"]}, {"$set": {"placed_at": placed_at}})


def _placed_at(document: Document) -> datetime | None:
    match document:
        case {"history": [{"at": datetime() as at}, *_]}:
            return at
    return None
