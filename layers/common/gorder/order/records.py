"""Orders as the store lists them: readable or not, with what the store keeps beside them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gorder.order.model import Order
from gorder.order.outbox_events import outbox_events
from gorder.order.postponement import Postponement
from gorder.order.status import Status

STUCK_AFTER: Final = timedelta(minutes=5)
"""How long an order may be past a deadline before staff should look at it.

The sweep runs every minute.
"""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list. A filter that is not set lists all of them.

    `placed_from` is the first moment, and `placed_until` the first one that is too late.
    """

    statuses: tuple[Status, ...] = ()
    placed_from: datetime | None = None
    placed_until: datetime | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it is stored.

    Attributes:
        order_id: the order.
        placed_at: when it was placed, as the list is sorted.
        customer_id: the customer, if the document says so.
        order: the order, or None if its document cannot be read.
        unreadable: the fields that cannot be read, and why.
        watch_at: when the sweep looks whether it goes on.
        postponed: how the sweep postponed it last.
    """

    order_id: str
    placed_at: datetime | None
    customer_id: str | None
    order: Order | None
    unreadable: str | None = None
    watch_at: datetime | None = None
    postponed: Postponement | None = None

    def stuck_reason(self, at: datetime) -> str | None:
        """Return in words why staff should look at the order at this time; None if they need not.

        An order of a later release is left to the sweep of that release.
        """
        reasons = []
        if self.unreadable:
            reasons.append(
                f"Its document cannot be read: {self.unreadable}; repair it: gorder orders repair."
            )
        if self.postponed and self.postponed.until >= at:
            until = _words(self.postponed.until)
            reasons.append(f"The sweep failed to process it, and tries it again at {until}.")
        if self.order and isinstance(self.order.status, Status):
            reasons += _overdue(self.order, self.watch_at, at - STUCK_AFTER)
        return " ".join(reasons) or None


def _overdue(order: Order, watch_at: datetime | None, late: datetime) -> list[str]:
    """Return which deadlines of the order ended before that time."""
    reasons = []
    status, pay_until = order.status.value, order.checkout.expires_at
    if order.is_open and pay_until < late:
        reasons.append(f"It is {status}, and its time to pay ended at {_words(pay_until)}.")
    if watch_at and watch_at < late:
        reasons.append(f"It is {status}, and its next step was due at {_words(watch_at)}.")
    for event in outbox_events(order):
        if event.occurred_at < late:
            at = _words(event.occurred_at)
            reasons.append(f"Its event {event.event_type} of {at} is not published.")
    return reasons


def _words(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
