"""Finish an order that was closed because it has no payment page: free its stock, publish it."""

from gorder.contracts.bus import EventPublisher
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.model import Order
from gorder.order.ports import OrderRepository, StockClient


def finish_closing(
    orders: OrderRepository,
    stock: StockClient,
    events: EventPublisher,
    order: Order,
    delivered_event_id: str,
) -> None:
    """Release the units of an order that gorder closed, and publish its events. Can be repeated.

    Any other order stays as it is. If the process ends before this, the returned message repeats
    it, or the sweep delivers the event.

    Args:
        orders: where the order is stored.
        stock: where its units are held.
        events: where its events are published.
        order: as stored.
        delivered_event_id: the event that is being handled; it leaves the outbox unpublished.

    Raises:
        StockUnavailableError, EventBusUnavailableError, OrderStoreUnavailableError: try again.
    """
    if order.reason is None or not order.outbox:
        return
    orders.acknowledge(order.order_id, [delivered_event_id])
    settle_and_deliver(stock, orders, events, order.delivered([delivered_event_id]))
