"""Save the payment page with its order, which then waits for payment."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository


@dataclass(frozen=True, slots=True)
class AwaitPayment:
    """A payment page that Stripe has made.

    Attributes:
        attempt: the attempt that made the page.
        delivered_event_id: the event that the page was made for; it leaves the outbox.
    """

    order_id: str
    attempt: int
    session_id: str
    url: str
    delivered_event_id: str


@dataclass(frozen=True, slots=True)
class AwaitPaymentHandler:
    """Saves payment pages. An order that has left `pending` keeps its status."""

    orders: OrderRepository
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: AwaitPayment) -> Order:
        """Save the page and return the order. If it does not have the page, close the page.

        The page of an attempt that was replaced is not saved: the order gets the page of the next.

        Raises:
            OrderMissingError, ConcurrentUpdateError, OrderStoreUnavailableError
        """

        def change(order: Order) -> Order:
            if order.awaits_checkout and order.checkout.attempt != command.attempt:
                return order
            waiting = order.await_payment(command.session_id, command.url, self.clock())
            return waiting.delivered([command.delivered_event_id])

        return transition(self.orders, self.telemetry, command.order_id, change)
