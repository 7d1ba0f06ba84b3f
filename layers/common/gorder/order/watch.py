"""When the sweep looks whether an order goes on, and what it publishes again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gorder.order.changes import PaymentEvents
from gorder.order.model import Order
from gorder.order.status import Status

_STEP_AT_MOST: Final = timedelta(minutes=5)
_COOKING_AT_MOST: Final = timedelta(minutes=20)  # the longest cooking time is 15 minutes


def watch_at(order: Order) -> datetime | None:
    """Return when to look whether the order goes on; None if nothing is under way.

    A refund that has failed is not repeated: staff must find another way.
    """
    since = max(order.history[-1].at, order.resumed_at or order.history[-1].at)
    if order.may_be_cooked:
        return since + (_COOKING_AT_MOST if order.status is Status.COOKING else _STEP_AT_MOST)
    if any(payment.refund_attempt == 1 for payment in order.refunds_due):
        return since + _STEP_AT_MOST
    return None


def resume(order: Order, at: datetime, events: PaymentEvents) -> Order:
    """Publish again what the order's next step waits for. One that goes on stays as it is."""
    order.require_known_status()
    until = watch_at(order)
    if until is None or until > at:
        return order
    resumed = replace(order, resumed_at=at, version=order.version + 1)
    return resumed.publishing(events.paid if order.may_be_cooked else events.refund_due)
