"""What the sweep and the lists of staff look for, and the indexes along which it is found."""

from datetime import datetime
from typing import Final

from pymongo import ASCENDING, DESCENDING

from gorder.order.adapters.mongo_documents import Document
from gorder.order.outbox_events import EVENTS
from gorder.order.status import OPEN, Status

type Keys = list[tuple[str, int]]

BY_EVENT: Final[Keys] = [("outbox.occurred_at", ASCENDING)]
BY_WATCH: Final[Keys] = [("watch_at", ASCENDING)]
BY_PAY_UNTIL: Final[Keys] = [("status", ASCENDING), ("checkout.expires_at", ASCENDING)]
BY_POSTPONED: Final[Keys] = [("postponed.until", ASCENDING)]
"""A sparse index: DocumentDB uses it for a query with `$exists`."""
NEWEST_PLACED: Final[Keys] = [("placed_at", DESCENDING), ("_id", DESCENDING)]
BY_STATUS_PLACED: Final[Keys] = [("status", ASCENDING), *NEWEST_PLACED]
BY_CUSTOMER_PLACED: Final[Keys] = [("customer_id", ASCENDING), *NEWEST_PLACED]
BY_MONEY_DAY: Final[Keys] = [("money_on", ASCENDING), ("_id", ASCENDING)]
"""The days in UTC on which an order was paid or refunded: a list in the order."""
NEWEST_FOUND: Final[Keys] = [("found_at", DESCENDING), ("_id", DESCENDING)]
# Orders and events of a later release are left for its own sweep.
_STATUSES: Final = [status.value for status in Status]
_OPEN: Final = [status.value for status in OPEN]
_EVENT_TYPES: Final = sorted(EVENTS)


def undelivered_before(before: datetime) -> tuple[Document, Document]:
    """Return what an event in the outbox must have, and what the order must have."""
    event = {"occurred_at": {"$lt": before}, "event_type": {"$in": _EVENT_TYPES}}
    return event, {"outbox": {"$elemMatch": event}, "status": {"$in": _STATUSES}}


def overdue_before(before: datetime) -> Document:
    """Return what an open order must have whose time to pay ended before that time."""
    return {"status": {"$in": _OPEN}, "checkout.expires_at": {"$lt": before}}


def unfinished_before(before: datetime) -> Document:
    """Return what an order must have that is to be looked at before that time."""
    return {"watch_at": {"$lt": before}, "status": {"$in": _STATUSES}}
