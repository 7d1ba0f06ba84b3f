"""The indexes of the order database. Creating one that exists changes nothing."""

from typing import Any, Final

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import PyMongoError

from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.adapters.mongo_queries import (
    BY_CUSTOMER_PLACED,
    BY_EVENT,
    BY_MONEY_DAY,
    BY_PAY_UNTIL,
    BY_POSTPONED,
    BY_STATUS_PLACED,
    BY_WATCH,
    NEWEST_FOUND,
    NEWEST_PLACED,
)
from gorder.order.adapters.mongo_unmatched import UNMATCHED
from gorder.order.store_errors import OrderIndexError

_INDEXES: Final = (
    (COLLECTION, IndexModel(BY_EVENT, name="outbox_oldest")),
    (COLLECTION, IndexModel(BY_WATCH, name="watch_at")),
    (COLLECTION, IndexModel(BY_PAY_UNTIL, name="status_pay_until")),
    (COLLECTION, IndexModel([("changed_at", ASCENDING)], name="changed_at")),
    (COLLECTION, IndexModel(NEWEST_PLACED, name="placed")),
    (COLLECTION, IndexModel(BY_STATUS_PLACED, name="status_placed")),
    (COLLECTION, IndexModel(BY_CUSTOMER_PLACED, name="customer_placed")),
    (COLLECTION, IndexModel(BY_POSTPONED, name="postponed", sparse=True)),
    (COLLECTION, IndexModel(BY_MONEY_DAY, name="money_day")),
    (UNMATCHED, IndexModel(NEWEST_FOUND, name="newest_found")),
)


def ensure_indexes(database: Database[dict[str, Any]]) -> list[str]:
    """Create the missing indexes; can be repeated, and run concurrently.

    Returns:
        The names of all indexes that gorder needs.

    Raises:
        OrderIndexError: the server did not answer, or refused an index.
    """
    try:
        return [database[of].create_indexes([index])[0] for of, index in _INDEXES]
    except PyMongoError as error:
        reason = str(error).partition(" (")[0]
        raise OrderIndexError(
            f"MongoDB did not create an index: {reason}; fix it and run migrate again"
        ) from error
