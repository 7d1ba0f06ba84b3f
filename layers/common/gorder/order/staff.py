"""How commands of staff change an order."""

from dataclasses import replace

from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.model import Order
from gorder.order.status import CloseReason, Status


def noted(order: Order, note: StaffNote) -> Order:
    """Record who gave a command and why. The same command again changes nothing."""
    order.require_known_status()
    if any(replace(known, at=note.at) == note for known in order.notes):
        return order
    return replace(order, notes=(*order.notes, note), version=order.version + 1)


def close_for_shop(order: Order, cancelled: OutboxEvent, note: StaffNote) -> Order:
    """Cancel an order that is not paid. Any other one stays as it is."""
    order.require_known_status()
    if not order.is_open:
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
