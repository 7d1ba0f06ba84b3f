"""How commands of staff change an order."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.errors import RefundUnderWay
from gorder.order.model import Order
from gorder.order.status import CloseReason, Status

_REFUND_AT_MOST: Final = timedelta(minutes=11)  # the function ends after ten minutes


def noted(order: Order, note: StaffNote) -> Order:
    """Record who gave a command and why. The same command again changes nothing."""
    order.require_known_status()
    if any(replace(known, at=note.at) == note for known in order.notes):
        return order
    return replace(order, notes=(*order.notes, note), version=order.version + 1)


def begin_refund(order: Order, note: StaffNote) -> Order:
    """Record who refunds, why and how much. The same refund again changes nothing.

    Two requests that both find so much refunded would otherwise both be made.

    Raises:
        RefundUnderWay: another amount was begun some minutes ago, and may be on its way to Stripe.
    """
    for known in order.notes:
        if (
            (known.command, known.refunded_before) == (note.command, note.refunded_before)
            and known.amount != note.amount
            and note.at - known.at < _REFUND_AT_MOST
        ):
            raise RefundUnderWay(
                f"{known.by} began to refund {known.amount} {order.currency} of order "
                f"{order.order_id} at {known.at.isoformat(timespec='seconds')}: look at the order "
                "again after eleven minutes."
            )
    return noted(order, note)


def close_for_shop(
    order: Order, cancelled: OutboxEvent, note: StaffNote, closed_page: str | None = None
) -> Order:
    """Cancel an order that is not paid, as `Order.cancel`. Any other one stays as it is."""
    order.require_known_status()
    if not order.is_open and not order.has_expired_with(closed_page):
        return order
    closed = order.with_status(Status.CANCELLED, cancelled)
    return replace(closed, reason=CloseReason.CLOSED_BY_SHOP, notes=(*order.notes, note))


def end_free(order: Order, refunded: OutboxEvent, note: StaffNote) -> Order:
    """End an order for which nothing was paid: there is no money to refund.

    An order that has ended stays as it is.
    """
    order.require_known_status()
    if order.has_ended:
        return order
    return replace(order.with_status(Status.REFUNDED, refunded), notes=(*order.notes, note))
