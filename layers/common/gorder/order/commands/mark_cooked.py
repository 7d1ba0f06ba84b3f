"""Mark an order as cooked: its last step."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.ports import Clock, NewId, OrderRepository


@dataclass(frozen=True, slots=True)
class MarkCooked:
    """An order that the kitchen has cooked."""

    order_id: str


@dataclass(frozen=True, slots=True)
class MarkCookedHandler:
    """Marks orders as cooked. A repeated message changes nothing."""

    orders: OrderRepository
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: MarkCooked) -> None:
        """Mark the order and publish its event.

        Raises:
            IllegalTransitionError, OrderMissingError: the order is not paid, or not stored.
            OrderStoreUnavailableError, EventBusUnavailableError, ConcurrentUpdateError: try again.
        """
        cooked = OutboxEvent(self.new_id(), EventType.ORDER_COOKED, self.clock())
        order = transition(
            self.orders, self.telemetry, command.order_id, lambda order: order.cook(cooked)
        )
        deliver_outbox(self.orders, self.events, order)
