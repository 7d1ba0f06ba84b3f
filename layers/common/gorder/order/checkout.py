"""How Stripe's answers to attempts to make a payment page change an order.

A retry never gives an order more time than it would have had, but for one bounded exception: see
`LONGEST_OUTAGE`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gorder.order.changes import Checkout, OutboxEvent, PageEvents
from gorder.order.model import Order
from gorder.order.status import CloseReason, Status

# Stripe makes no page with less than 30 minutes left; one more is for the way there.
LEAST_FOR_A_PAGE: Final = timedelta(minutes=31)
# How much later than planned an order may end because Stripe was down when its page was due. The
# queue delivers a message ten times in the first nine minutes, and each may wait for Stripe; its
# next delivery is after 17 minutes, when few customers still wait for their page.
LONGEST_OUTAGE: Final = timedelta(minutes=15)


def keep_trying(order: Order, failed_attempt: int) -> Order:
    """Plan the next attempt after one that is spent. Its expiry stays the same."""
    return order.retry_checkout(failed_attempt, order.checkout.expires_at)


def try_later(
    order: Order, failed_attempt: int, time_to_pay: timedelta, expired: OutboxEvent
) -> Order:
    """Plan the next attempt after one whose expiry was too near, or let the order expire.

    The next one has the least time that Stripe accepts. The order expires if that ends later than
    its time to pay and the longest outage after it was placed.
    """
    expires_at = max(order.checkout.expires_at, expired.occurred_at + LEAST_FOR_A_PAGE)
    planned = order.retry_checkout(failed_attempt, expires_at)
    if planned == order or expires_at <= order.placed_at + time_to_pay + LONGEST_OUTAGE:
        return planned
    return replace(order.with_status(Status.EXPIRED, expired), reason=CloseReason.NO_PAGE)


def lose_page(order: Order, session_id: str, at: datetime, events: PageEvents) -> Order:
    """Replace a page that cannot be paid any more. Without the time for another one, expire.

    An order with another page stays as it is.
    """
    order.require_known_status()
    checkout = order.checkout
    if order.status is not Status.WAITING_FOR_PAYMENT or checkout.session_id != session_id:
        return order
    if checkout.expires_at - at < LEAST_FOR_A_PAGE:
        return order.with_status(Status.EXPIRED, events.expired)
    planned = Checkout(attempt=checkout.attempt + 1, expires_at=checkout.expires_at)
    return replace(order.with_status(Status.PENDING, events.created), checkout=planned)


def refuse(order: Order, failed_attempt: int, refusal: str, cancelled: OutboxEvent) -> Order:
    """Save that Stripe refuses the order, or cancel it if the refusal before was alike.

    The second answer is to another attempt, so it is not a repetition that Stripe has kept.
    """
    planned = keep_trying(order, failed_attempt)
    if planned == order:
        return order
    if order.checkout.refusal == refusal:
        closed = order.with_status(Status.CANCELLED, cancelled)
        return replace(closed, reason=CloseReason.NOT_PAYABLE)
    return replace(planned, checkout=replace(planned.checkout, refusal=refusal))
