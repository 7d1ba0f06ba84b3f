"""Set the time to look at paid orders that a release before `watch_at` wrote."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bson.codec_options import DatetimeConversion
from pymongo import UpdateOne

from gorder.order.adapters.mongo_backfill import BATCH, backfill
from gorder.order.adapters.mongo_documents import Document, to_order
from gorder.order.adapters.mongo_queries import BY_PAY_UNTIL
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.order.watch import watch_at

if TYPE_CHECKING:
    from pymongo.collection import Collection

# `watch_at` is missing, or null.
_UNWATCHED: Final = {
    "status": {"$in": [Status.PAID.value, Status.COOKING.value]},
    "watch_at": None,
}


def watch_paid_orders(orders: "Collection[Document]") -> int:
    """Set `watch_at` on paid orders without it; return on how many.

    Can be repeated. The version stays the same, so a release that does not know the field goes on
    writing the order, and keeps the field. An order that is written meanwhile is left as it is, and
    so is one that cannot be read.

    Raises:
        OrderStoreUnavailableError: the server did not answer; the next run continues.
        OrderStoreError: a setting or a bug makes it fail for ever.
    """
    return backfill(orders, _updates(orders))


def _updates(orders: "Collection[Document]") -> Iterator[UpdateOne]:
    clamped = orders.codec_options.with_options(
        datetime_conversion=DatetimeConversion.DATETIME_CLAMP
    )
    # Few orders are paid at a time. The index of `watch_at` would find every order that has ended.
    found = orders.with_options(clamped).find(_UNWATCHED, batch_size=BATCH, hint=BY_PAY_UNTIL)
    for document in found:
        try:
            yield _update(to_order(document))
        except OrderUnreadableError:
            continue


def _update(order: Order) -> UpdateOne:
    unchanged = {"_id": order.order_id, "version": order.version}
    return UpdateOne(_UNWATCHED | unchanged, {"$set": {"watch_at": watch_at(order)}})
