"""When the sweep looks whether an order goes on, and what it publishes again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gorder.order.changes import PaymentEvents
from gorder.order.model import Order
from gorder.order.status import Status

_STEP_AT_MOST: Final = timedelta(minutes=5)
_COOKING_AT_MOST: Final = timedelta(minutes=20)  # the longest cooking time is 15 minutes
_DISPUTE: Final = timedelta(days=1)  # a bank decides after weeks
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_DOUBLINGS: Final = 8  # of the time until the next look: a day for a step


def watch_at(order: Order) -> datetime | None:
    """Return when to look whether the order goes on; None if nothing is under way.

    The time doubles each time that the events were repeated in vain. A disputed payment is looked
    at every day, because the report that its dispute has ended may be lost. A time after the last
    year of the calendar is the last time in it.
    """
    waits = []
    doubled = 1 << max(0, min(order.resumed, _DOUBLINGS))
    if order.refunds_due or (order.status is Status.PAID and order.may_be_cooked):
        waits.append(_STEP_AT_MOST * doubled)
    elif order.may_be_cooked:
        waits.append(_COOKING_AT_MOST * doubled)
    if any(payment.is_disputed for payment in order.payments):
        waits.append(_DISPUTE)
    since = max(order.history[-1].at, order.published_at or order.history[-1].at)
    return since + min(*waits, _LATEST - since) if waits else None


def resume(order: Order, at: datetime, events: PaymentEvents) -> Order:
    """Publish again what the order's next steps wait for.

    One that goes on gets a new version only. With that write, the time at which it is found is
    corrected: release 0.1 does not know that time, and leaves the one of an earlier status.
    """
    order.require_known_status()
    until = watch_at(order)
    if until is None or until > at:
        return replace(order, version=order.version + 1)
    waiting = {event.event_type for event in order.outbox}
    needed = [events.paid] if order.may_be_cooked else []
    needed += [events.refund_due] if order.refunds_due else []
    resumed = order
    for event in needed:
        if event.event_type not in waiting:
            resumed = resumed.publishing(event)
    return replace(resumed, published_at=at, resumed=order.resumed + 1, version=order.version + 1)
