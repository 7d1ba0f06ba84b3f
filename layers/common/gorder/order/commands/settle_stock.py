"""Bring the stock of an order in line with its status."""

from gorder.order.model import Order
from gorder.order.ports import ReservationLostError, StockClient
from gorder.order.status import Status


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


def _release(stock: StockClient, order: Order) -> None:
    try:
        stock.release(order.order_id, order.trace_id)
    except ReservationLostError:
        return  # sold: the command that receives the payment decides
