"""Remove the customer from one order."""

from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import StaffNote
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.order.retention import FORGOTTEN, forget, kept_because
from gorder.order.staff import noted


def forget_order(
    orders: OrderRepository, telemetry: Telemetry, order_id: str, note: StaffNote | None = None
) -> str | None:
    """Forget the customer of an order, unless it is kept; publish nothing.

    It is no change to which an audit has to look: thousands of orders may be forgotten in an hour.
    The note is written first. A process that ends in between leaves an order with its customer, for
    which a repeated command is noted once.

    Returns:
        Why the order was kept; None if the customer is forgotten.

    Raises:
        OrderMissingError, OrderUnreadableError, ConcurrentUpdateError, OrderStoreUnavailableError
    """
    is_known = False

    def with_note(order: Order) -> Order:
        return order if note is None or kept_because(order) else noted(order, note)

    def without_customer(order: Order) -> Order:
        nonlocal is_known
        is_known = order.customer_id != FORGOTTEN
        return order if kept_because(order) else forget(order)

    if note:
        transition(orders, telemetry, order_id, with_note)
    order = transition(orders, telemetry, order_id, without_customer, is_dated=False)
    reason = kept_because(order)
    if is_known and reason is None:
        telemetry.count("OrdersForgotten")
    return reason
