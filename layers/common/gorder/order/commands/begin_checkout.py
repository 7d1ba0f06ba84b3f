"""Plan the attempt to make an order's payment page: its number and its expiry."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent
from gorder.order.checkout import keep_trying, try_later
from gorder.order.commands.finish_closing import finish_closing
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient


@dataclass(frozen=True, slots=True)
class BeginCheckout:
    """A request to plan the attempt to make an order's payment page.

    Attributes:
        delivered_event_id: the event that the page is to be made for.
        failed_attempt: an attempt that can no longer have a page; the next one is planned.
        too_near: the failed attempt's expiry was too near.
    """

    order_id: str
    delivered_event_id: str
    failed_attempt: int | None = None
    too_near: bool = False


@dataclass(frozen=True, slots=True)
class BeginCheckoutHandler:
    """Plans attempts. The first is planned with the order, so that it costs no write."""

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    time_to_pay: timedelta
    telemetry: Telemetry

    def __call__(self, command: BeginCheckout) -> Order:
        """Return the order with its planned attempt saved, or expired if it has waited too long.

        Raises:
            OrderMissingError, ConcurrentUpdateError, OrderStoreUnavailableError
            StockUnavailableError, EventBusUnavailableError: the order is closed, and its stock or
                its event is not settled yet.
        """
        order = self._planned(command)
        finish_closing(self.orders, self.stock, self.events, order, command.delivered_event_id)
        return order

    def _planned(self, command: BeginCheckout) -> Order:
        failed = command.failed_attempt
        if failed is None:
            order = self.orders.get(command.order_id)
            order.require_known_status()
            return order
        expired = OutboxEvent(self.new_id(), EventType.ORDER_EXPIRED, self.clock())

        def change(order: Order) -> Order:
            if command.too_near:
                return try_later(order, failed, self.time_to_pay, expired)
            return keep_trying(order, failed)

        return transition(self.orders, self.telemetry, command.order_id, change)
