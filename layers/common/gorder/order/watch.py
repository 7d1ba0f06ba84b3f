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
    """Return when to look whether the order goes on; None if nothing is under way."""
    since = max(order.history[-1].at, order.resumed_at or order.history[-1].at)
    if _owes_refund(order) or (order.status is Status.PAID and order.may_be_cooked):
        return since + _STEP_AT_MOST
    return since + _COOKING_AT_MOST if order.may_be_cooked else None


def resume(order: Order, at: datetime, events: PaymentEvents) -> Order:
    """Publish again what the order's next steps wait for. One that goes on stays as it is."""
    order.require_known_status()
    until = watch_at(order)
    if until is None or until > at:
        return order
    resumed = replace(order, resumed_at=at, version=order.version + 1)
    if order.may_be_cooked:
        resumed = resumed.publishing(events.paid)
    return resumed.publishing(events.refund_due) if _owes_refund(order) else resumed


def _owes_refund(order: Order) -> bool:
    """Whether a refund is to be made. One that has failed is not: staff must find another way."""
    return any(payment.refund_attempt == 1 for payment in order.refunds_due)
