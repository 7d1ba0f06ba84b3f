"""Bring the stock of an order in line with its status, and publish its events."""

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.order.commands.transition import deliver_outbox
from gorder.order.model import Order
from gorder.order.ports import OrderRepository, StockClient
from gorder.order.status import Status
from gorder.order.stock_errors import ReservationLostError, ReservationMissingError


def settle_stock(stock: StockClient, order: Order) -> None:
    """Sell, free, return or write off the order's units. Can be repeated.

    An expired order without a payment may be paid at this moment: its units are then sold, and stay
    so.

    Raises:
        ReservationLostError, ReservationMissingError: the units of a paid order are gone.
        StockUnavailableError: try again.
    """
    match order.status:
        case Status.PAID | Status.COOKING | Status.COOKED:
            stock.confirm(order.order_id, order.trace_id)
        case Status.REFUNDED if order.was_cooked:
            stock.write_off(order.order_id, order.trace_id)
        case Status.REFUNDED:
            stock.return_units(order.order_id, order.trace_id)
        case Status.CANCELLED | Status.EXPIRED if order.payments:
            stock.return_units(order.order_id, order.trace_id)
        case Status.CANCELLED | Status.EXPIRED:
            _release(stock, order)


def settle_and_deliver(
    stock: StockClient, orders: OrderRepository, events: EventPublisher, order: Order
) -> None:
    """Settle the stock, and then publish the events in the outbox: they promise that it is settled.

    If the units of a paid order are gone, `order.paid` waits, and the others are published. The
    units of an order that is being cooked were sold before.

    Raises:
        ReservationLostError, ReservationMissingError: the units of a paid order are gone.
        StockUnavailableError, EventBusUnavailableError, OrderStoreUnavailableError: try again.
    """
    try:
        if order.status not in {Status.COOKING, Status.COOKED}:
            settle_stock(stock, order)
    except (ReservationLostError, ReservationMissingError):
        paid = [e.event_id for e in order.outbox if e.event_type == EventType.ORDER_PAID]
        deliver_outbox(orders, events, order.delivered(paid))
        raise
    deliver_outbox(orders, events, order)


def _release(stock: StockClient, order: Order) -> None:
    try:
        stock.release(order.order_id, order.trace_id)
    except ReservationLostError:
        return  # sold: the command that receives the payment decides
