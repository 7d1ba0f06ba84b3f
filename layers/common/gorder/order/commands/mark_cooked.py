"""The dish is done: the order's last step."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.model import OutboxEvent
from gorder.order.ports import Clock, NewId, OrderRepository


@dataclass(frozen=True, slots=True)
class MarkCooked:
    """The kitchen is done with this order."""

    order_id: str


@dataclass(frozen=True, slots=True)
class MarkCookedHandler:
    """Hearing it twice cooks once."""

    orders: OrderRepository
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: MarkCooked) -> None:
        """Mark and deliver.

        Raises:
            IllegalTransitionError, OrderMissingError: the order is not one to be cooked.
            OrderStoreUnavailableError, EventBusUnavailableError, ConcurrentUpdateError: try again.
        """
        cooked = OutboxEvent(self.new_id(), EventType.ORDER_COOKED, self.clock())
        order = transition(
            self.orders, self.telemetry, command.order_id, lambda order: order.cook(cooked)
        )
        deliver_outbox(self.orders, self.events, order)
