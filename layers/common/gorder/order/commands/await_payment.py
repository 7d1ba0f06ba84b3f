"""Save the hosted page with its order: the order waits for payment."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository


@dataclass(frozen=True, slots=True)
class AwaitPayment:
    """The page is there. `delivered_event_id` is the event that asked for it."""

    order_id: str
    session_id: str
    url: str
    delivered_event_id: str


@dataclass(frozen=True, slots=True)
class AwaitPaymentHandler:
    """An order that is further already keeps its state."""

    orders: OrderRepository
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: AwaitPayment) -> Order:
        """Move the order on; what comes back may be closed, and its page then must be, too.

        Raises:
            OrderMissingError, ConcurrentUpdateError, OrderStoreUnavailableError
        """

        def change(order: Order) -> Order:
            waiting = order.await_payment(command.session_id, command.url, self.clock())
            return waiting.delivered([command.delivered_event_id])

        return transition(self.orders, self.telemetry, command.order_id, change)
