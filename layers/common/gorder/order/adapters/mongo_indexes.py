"""The indexes of the order database. Creating one that exists changes nothing."""

from typing import Any, Final

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import PyMongoError

from gorder.order.adapters.mongo_orders import COLLECTION, NEWEST_FOUND, UNMATCHED
from gorder.order.store_errors import OrderIndexError

BY_STATUS: Final = [("status", ASCENDING), ("checkout.expires_at", ASCENDING)]
_INDEXES = (
    (COLLECTION, "outbox_oldest", [("outbox.occurred_at", ASCENDING)]),
    (COLLECTION, "watch_at", [("watch_at", ASCENDING)]),
    (COLLECTION, "status_pay_until", BY_STATUS),
    (COLLECTION, "changed_at", [("changed_at", ASCENDING)]),
    (UNMATCHED, "newest_found", NEWEST_FOUND),
)


def ensure_indexes(database: Database[dict[str, Any]]) -> list[str]:
    """Create the missing indexes; can be repeated, and run concurrently.

    Returns:
        The names of all indexes that gorder needs.

    Raises:
        OrderIndexError: the server did not answer, or refused an index.
    """
    try:
        return [database[of].create_index(keys, name=name) for of, name, keys in _INDEXES]
    except PyMongoError as error:
        reason = str(error).partition(" (")[0]
        raise OrderIndexError(
            f"MongoDB did not create an index: {reason}; fix it and run migrate again"
        ) from error
