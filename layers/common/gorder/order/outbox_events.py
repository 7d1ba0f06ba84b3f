"""The events of an order's outbox, as they are published."""

from typing import Final

from gorder.contracts.events import (
    Event,
    EventType,
    OrderCancelled,
    OrderCooked,
    OrderCreated,
    OrderData,
    OrderExpired,
    OrderPaid,
    OrderRefundDue,
    OrderRefunded,
)
from gorder.order.model import Order

type OrderEvent = (
    OrderCreated
    | OrderPaid
    | OrderCooked
    | OrderCancelled
    | OrderExpired
    | OrderRefundDue
    | OrderRefunded
)

EVENTS: Final[dict[str, type[OrderEvent]]] = {
    EventType.ORDER_CREATED: OrderCreated,
    EventType.ORDER_PAID: OrderPaid,
    EventType.ORDER_COOKED: OrderCooked,
    EventType.ORDER_CANCELLED: OrderCancelled,
    EventType.ORDER_EXPIRED: OrderExpired,
    EventType.ORDER_REFUND_DUE: OrderRefundDue,
    EventType.ORDER_REFUNDED: OrderRefunded,
}


def outbox_events(order: Order) -> list[Event]:
    """Return the events that the order still has to deliver, oldest first.

    An event of a type that this release does not know stays in the outbox for a later release.
    """
    return [
        EVENTS[event.event_type](
            event_id=event.event_id,
            occurred_at=event.occurred_at,
            trace_id=order.trace_id,
            data=OrderData(order_id=order.order_id),
        )
        for event in order.outbox
        if event.event_type in EVENTS
    ]
