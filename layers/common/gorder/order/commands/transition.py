"""Change a stored order by compare-and-set, and deliver the events of the change."""

from collections.abc import Callable

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order
from gorder.order.order_metrics import record_change
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import OrderRepository
from gorder.order.store_errors import ConcurrentUpdateError

_ATTEMPTS = 5


def transition(
    orders: OrderRepository,
    telemetry: Telemetry,
    order_id: str,
    change: Callable[[Order], Order],
    *,
    is_dated: bool = True,
) -> Order:
    """Apply `change` to the order as stored, and record the change once it is written.

    Args:
        orders: where the order is stored.
        telemetry: where the change is recorded.
        order_id: the order to change.
        change: a pure function without I/O, because it is called again after each conflict. If it
            returns an equal order, nothing is written.
        is_dated: whether the write is the order's last change.

    Returns:
        The order as stored.

    Raises:
        OrderMissingError: the order is not stored.
        ConcurrentUpdateError: other writers were faster five times.
        Exception: anything that `change` raises.
    """
    for _ in range(_ATTEMPTS):
        before = orders.get(order_id)
        after = change(before)
        if after == before:
            return after
        if orders.replace(before, after, is_dated=is_dated):
            record_change(telemetry, before, after)
            return after
    raise ConcurrentUpdateError(
        f"order {order_id} was changed by others {_ATTEMPTS} times in a row; try again"
    )


def deliver_outbox(orders: OrderRepository, events: EventPublisher, order: Order) -> None:
    """Publish the events in the order's outbox, then remove them.

    A process that dies in between publishes them twice.

    Raises:
        EventBusUnavailableError, OrderStoreUnavailableError: the events stay in the outbox.
    """
    if undelivered := outbox_events(order):
        events.publish(undelivered)
        orders.acknowledge(order.order_id, [event.event_id for event in undelivered])
