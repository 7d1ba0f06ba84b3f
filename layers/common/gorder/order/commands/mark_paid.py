"""Record a payment: check it against the order, confirm its stock, publish `order.paid`."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.model import OutboxEvent, Payment
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient


@dataclass(frozen=True, slots=True)
class MarkPaid:
    """A payment that Stripe has received for an order."""

    order_id: str
    payment: Payment


@dataclass(frozen=True, slots=True)
class MarkPaidHandler:
    """Records payments. Each step can be repeated, so a repeated message finishes the first."""

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: MarkPaid) -> None:
        """Mark the order as paid, confirm its reservation, publish its event.

        Raises:
            PaymentMismatchError, IllegalTransitionError, ReservationLostError, OrderMissingError:
                the payment matches no order with held stock; the message ends in the
                dead-letter queue.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError: try again.
        """
        paid = OutboxEvent(self.new_id(), EventType.ORDER_PAID, self.clock())
        order = transition(
            self.orders,
            self.telemetry,
            command.order_id,
            lambda order: order.pay(command.payment, paid),
        )
        self.stock.confirm(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
