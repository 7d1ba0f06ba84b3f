"""The indexes of the order database. Making one that is there already changes nothing."""

from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from gorder.order.mongo_orders import COLLECTION

_INDEXES = {
    "outbox_oldest": [("outbox.occurred_at", ASCENDING)],
    "status_pay_until": [("status", ASCENDING), ("checkout.expires_at", ASCENDING)],
}


def ensure_indexes(database: Database[dict[str, Any]]) -> list[str]:
    """Create what is missing; safe to run twice, and two at once.

    Returns:
        The names of all indexes gorder needs.
    """
    orders = database[COLLECTION]
    return [orders.create_index(keys, name=name) for name, keys in _INDEXES.items()]
