"""Save that Stripe refuses to make an order's payment page, and close the order if it is final."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent
from gorder.order.checkout import refuse
from gorder.order.commands.finish_closing import finish_closing
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.status import CloseReason


@dataclass(frozen=True, slots=True)
class RefuseCheckout:
    """Stripe's refusal to make an order's payment page.

    Attributes:
        failed_attempt: the attempt that was refused.
        refusal: the kind of the refusal, which is saved and compared.
        text: the order, its price and Stripe's words, for the log.
        delivered_event_id: the event that the page was to be made for.
    """

    order_id: str
    failed_attempt: int
    refusal: str
    text: str
    delivered_event_id: str


@dataclass(frozen=True, slots=True)
class RefuseCheckoutHandler:
    """Closes orders that Stripe has refused twice alike, because a third answer would be the same.

    No page can be paid then: a refused attempt has none, and a page of another amount was expired.
    """

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: RefuseCheckout) -> Order:
        """Save the refusal and return the order with its next attempt, or closed.

        Raises:
            OrderMissingError, ConcurrentUpdateError, OrderStoreUnavailableError,
            StockUnavailableError, EventBusUnavailableError
        """
        cancelled = OutboxEvent(self.new_id(), EventType.ORDER_CANCELLED, self.clock())
        order = transition(
            self.orders,
            self.telemetry,
            command.order_id,
            lambda order: refuse(order, command.failed_attempt, command.refusal, cancelled),
        )
        if order.reason == CloseReason.NOT_PAYABLE and cancelled in order.outbox:
            self.telemetry.count("OrderNotPayable")
            self.telemetry.warning(
                "order.not_payable", refusal=command.refusal, reason=command.text
            )
        finish_closing(self.orders, self.stock, self.events, order, command.delivered_event_id)
        return order
