"""Take a payment: check it against the order, sell the held stock, tell the kitchen."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.model import OutboxEvent, Payment
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient


@dataclass(frozen=True, slots=True)
class MarkPaid:
    """Stripe has the money for this order."""

    order_id: str
    payment: Payment


@dataclass(frozen=True, slots=True)
class MarkPaidHandler:
    """Every step can be repeated, so a message that comes again finishes what was begun."""

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: MarkPaid) -> None:
        """Mark, confirm, deliver.

        Raises:
            PaymentMismatchError, IllegalTransitionError, ReservationLostError, OrderMissingError:
                money that fits no order; the message ends in the dead-letter queue.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError: worth a retry.
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
