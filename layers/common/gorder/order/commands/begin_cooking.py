"""Begin to cook an order, if it may still be cooked."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository


@dataclass(frozen=True, slots=True)
class BeginCooking:
    """An order that the kitchen wants to cook."""

    order_id: str


@dataclass(frozen=True, slots=True)
class BeginCookingHandler:
    """Marks orders as being cooked. A repeated message changes nothing."""

    orders: OrderRepository
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: BeginCooking) -> Order:
        """Return the order. It is unchanged if it is refunded, disputed, or cooked already.

        Raises:
            OrderMissingError: the order is not stored.
            OrderStoreUnavailableError, ConcurrentUpdateError: try again.
        """
        return transition(
            self.orders,
            self.telemetry,
            command.order_id,
            lambda order: order.begin_cooking(self.clock()),
        )
