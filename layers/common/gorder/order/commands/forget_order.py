"""Remove the customer from one order."""

from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import StaffNote
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.order.retention import FORGOTTEN, forget, kept_because
from gorder.order.retention_ports import RecordOfRepairs
from gorder.order.staff import noted
from gorder.order.store_errors import ConcurrentUpdateError

_ATTEMPTS: Final = 5


def forget_order(
    orders: OrderRepository,
    repairs: RecordOfRepairs,
    telemetry: Telemetry,
    order_id: str,
    note: StaffNote | None = None,
) -> str | None:
    """Forget the customer of an order and of its repairs, unless it is kept; publish nothing.

    It is no change to which an audit has to look: thousands of orders may be forgotten in an hour.
    The note is written first, then the repairs are forgotten. A process that ends in between leaves
    an order with its customer, for which a repeated command is noted once. Repairs are forgotten
    again after the order, because one that fails may have kept its document meanwhile.

    Returns:
        Why the order was kept; None if the customer is forgotten.

    Raises:
        OrderMissingError, OrderUnreadableError, ConcurrentUpdateError, OrderStoreUnavailableError
    """

    def with_note(order: Order) -> Order:
        return order if note is None or kept_because(order) else noted(order, note)

    if note:
        transition(orders, telemetry, order_id, with_note)
    for _ in range(_ATTEMPTS):
        order = orders.get(order_id)
        if reason := kept_because(order):
            return reason
        repairs.forget(order_id)  # after the read: a repair since makes the write fail
        if (after := forget(order)) == order:
            return None
        if orders.replace(order, after, is_dated=False):
            if order.customer_id != FORGOTTEN:
                telemetry.count("OrdersForgotten")
            repairs.forget(order_id)
            return None
    raise ConcurrentUpdateError(
        f"order {order_id} was changed by others {_ATTEMPTS} times in a row; try again"
    )
