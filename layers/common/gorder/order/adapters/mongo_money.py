"""Set the days of payments and refunds on orders that an earlier release wrote."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pymongo import UpdateOne

from gorder.order.adapters.mongo_backfill import BATCH, backfill
from gorder.order.adapters.mongo_lists import lenient, to_record
from gorder.order.adapters.mongo_queries import BY_MONEY_DAY
from gorder.order.sales import money_days, utc_day

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from gorder.order.adapters.mongo_documents import Document

_UNSET: Final = {"money_on": None}  # missing, or null


def set_money_days(orders: "Collection[Document]", now: datetime) -> int:
    """Set `money_on` on orders without it; return on how many.

    Can be repeated. The version stays the same, and other releases keep the field. An order that is
    written meanwhile is left to the next run. One that cannot be read gets the day on which it was
    placed, or that of `now`, so that a report names it.

    Raises:
        OrderStoreUnavailableError: the server did not answer; the next run continues.
        OrderStoreError: a setting or a bug makes it fail for ever.
    """
    return backfill(orders, _updates(orders, now))


def _updates(orders: "Collection[Document]", now: datetime) -> Iterator[UpdateOne]:
    readable = orders.with_options(lenient(orders.codec_options))
    for document in readable.find(_UNSET, batch_size=BATCH, hint=BY_MONEY_DAY):
        record = to_record(document)
        if record.order:
            days, unchanged = money_days(record.order), {"version": record.order.version}
        else:
            days, unchanged = [utc_day(record.placed_at or now)], {}
        which = _UNSET | {"_id": document["_id"]} | unchanged
        yield UpdateOne(which, {"$set": {"money_on": days}})
