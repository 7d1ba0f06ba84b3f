"""Plan the attempt to make an order's payment page: its number and its expiry."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository


@dataclass(frozen=True, slots=True)
class BeginCheckout:
    """A request to plan the attempt to make an order's payment page.

    Attributes:
        failed_attempt: an attempt that can no longer have a page; the next one is planned.
    """

    order_id: str
    failed_attempt: int | None = None


@dataclass(frozen=True, slots=True)
class BeginCheckoutHandler:
    """Plans attempts. The first is planned with the order, so that it costs no write."""

    orders: OrderRepository
    clock: Clock
    time_to_pay: timedelta
    telemetry: Telemetry

    def __call__(self, command: BeginCheckout) -> Order:
        """Return the order with its planned attempt saved.

        Raises:
            OrderMissingError, ConcurrentUpdateError, OrderStoreUnavailableError
        """
        failed = command.failed_attempt
        if failed is None:
            order = self.orders.get(command.order_id)
            order.require_known_status()
            return order
        expires_at = self.clock() + self.time_to_pay
        return transition(
            self.orders,
            self.telemetry,
            command.order_id,
            lambda order: order.retry_checkout(failed, expires_at),
        )
