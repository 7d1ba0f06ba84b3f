"""Record a payment: check it, confirm the order's stock, publish `order.paid`."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.errors import PaymentNotConfirmedError
from gorder.order.model import OutboxEvent, Payment
from gorder.order.ports import Clock, NewId, OrderRepository, Payments, StockClient


@dataclass(frozen=True, slots=True)
class MarkPaid:
    """A message that Stripe has received a payment for an order."""

    order_id: str
    payment: Payment


@dataclass(frozen=True, slots=True)
class MarkPaidHandler:
    """Records payments. Each step can be repeated, so a repeated message finishes the first."""

    orders: OrderRepository
    payments: Payments
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: MarkPaid) -> None:
        """Mark the order as paid, confirm its reservation, publish its event.

        Raises:
            PaymentMismatchError, IllegalTransitionError, ReservationLostError, OrderMissingError,
            PaymentNotConfirmedError:
                Stripe confirms no such payment, or it matches no order with held stock; the message
                ends in the dead-letter queue.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        paid = OutboxEvent(self.new_id(), EventType.ORDER_PAID, self.clock())
        self._confirm(command, paid)
        order = transition(
            self.orders,
            self.telemetry,
            command.order_id,
            lambda order: order.pay(command.payment, paid),
        )
        self.stock.confirm(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)

    def _confirm(self, command: MarkPaid, paid: OutboxEvent) -> None:
        """Compare a payment that would change the order with what Stripe states."""
        order = self.orders.get(command.order_id)
        if order.pay(command.payment, paid) == order:
            return
        payment = command.payment
        if self.payments.received(command.order_id, payment.session_id) != payment:
            raise PaymentNotConfirmedError(
                f"order {command.order_id}: a message reports {payment.amount} {payment.currency} "
                f"on page {payment.session_id}, and Stripe does not confirm it; compare the page "
                "in Stripe, and find out who published the message"
            )
