"""The order's outbox in the words of the contract."""

from gorder.contracts.events import (
    Event,
    EventType,
    OrderCancelled,
    OrderCooked,
    OrderCreated,
    OrderData,
    OrderExpired,
    OrderPaid,
)
from gorder.order.model import Order

_EVENTS: dict[str, type[OrderCreated | OrderPaid | OrderCooked | OrderCancelled | OrderExpired]] = {
    EventType.ORDER_CREATED: OrderCreated,
    EventType.ORDER_PAID: OrderPaid,
    EventType.ORDER_COOKED: OrderCooked,
    EventType.ORDER_CANCELLED: OrderCancelled,
    EventType.ORDER_EXPIRED: OrderExpired,
}


def outbox_events(order: Order) -> list[Event]:
    """Every event the order still has to deliver, oldest first."""
    return [
        _EVENTS[event.event_type](
            event_id=event.event_id,
            occurred_at=event.occurred_at,
            trace_id=order.trace_id,
            data=OrderData(order_id=order.order_id),
        )
        for event in order.outbox
    ]
