"""The events that a change of an order by its payment may publish."""

from datetime import datetime

from gorder.contracts.events import EventType
from gorder.order.changes import OutboxEvent, PageEvents, PaymentEvents
from gorder.order.ports import NewId


def payment_events(new_id: NewId, at: datetime) -> PaymentEvents:
    """Return new events about a payment. They are made before the change, which is pure."""
    return PaymentEvents(
        paid=OutboxEvent(new_id(), EventType.ORDER_PAID, at),
        refund_due=OutboxEvent(new_id(), EventType.ORDER_REFUND_DUE, at),
        refunded=OutboxEvent(new_id(), EventType.ORDER_REFUNDED, at),
        expired=OutboxEvent(new_id(), EventType.ORDER_EXPIRED, at),
    )


def page_events(new_id: NewId, at: datetime) -> PageEvents:
    """Return new events about a page that can no longer be paid."""
    return PageEvents(
        created=OutboxEvent(new_id(), EventType.ORDER_CREATED, at),
        expired=OutboxEvent(new_id(), EventType.ORDER_EXPIRED, at),
    )
