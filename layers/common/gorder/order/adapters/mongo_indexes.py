"""The indexes of the order database. Making one that is there already changes nothing."""

from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import PyMongoError

from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.ports import OrderIndexError

_INDEXES = {
    "outbox_oldest": [("outbox.occurred_at", ASCENDING)],
    "status_pay_until": [("status", ASCENDING), ("checkout.expires_at", ASCENDING)],
}


def ensure_indexes(database: Database[dict[str, Any]]) -> list[str]:
    """Create what is missing; safe to run twice, and two at once.

    Returns:
        The names of all indexes gorder needs.

    Raises:
        OrderIndexError: the server could not be reached, or refused one.
    """
    orders = database[COLLECTION]
    try:
        return [orders.create_index(keys, name=name) for name, keys in _INDEXES.items()]
    except PyMongoError as error:
        reason = str(error).partition(" (")[0]
        raise OrderIndexError(f"MongoDB: {reason}; put that right and run migrate again") from error
