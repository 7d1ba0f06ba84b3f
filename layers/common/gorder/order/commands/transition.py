"""Change a stored order by compare-and-set, and deliver what the change gave rise to."""

from collections.abc import Callable

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order
from gorder.order.order_metrics import record_status_change
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import ConcurrentUpdateError, OrderRepository

_ATTEMPTS = 5


def transition(
    orders: OrderRepository,
    telemetry: Telemetry,
    order_id: str,
    change: Callable[[Order], Order],
) -> Order:
    """Apply a change to the order as stored; a change that gives the same order writes nothing.

    A new status is told, once: by whoever wrote it.

    Raises:
        OrderMissingError: it is not stored.
        ConcurrentUpdateError: others were faster five times.
        Whatever the change raises.
    """
    for _ in range(_ATTEMPTS):
        before = orders.get(order_id)
        after = change(before)
        if after == before:
            return after
        if orders.replace(before, after):
            record_status_change(telemetry, before, after)
            return after
    raise ConcurrentUpdateError(f"order {order_id} kept changing")


def deliver_outbox(orders: OrderRepository, events: EventPublisher, order: Order) -> None:
    """Publish what the order still holds, then take it out. Dying in between publishes twice.

    Raises:
        EventBusUnavailableError, OrderStoreUnavailableError: the rest stays in the outbox.
    """
    if undelivered := outbox_events(order):
        events.publish(undelivered)
        orders.acknowledge(order.order_id, [event.event_id for event in undelivered])
