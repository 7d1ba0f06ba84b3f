"""Resume orders that do not go on: repeat the event that their next step waits for."""

from dataclasses import dataclass
from datetime import datetime

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import Event, EventType, PaymentFact, PaymentReference
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.payment_events import payment_events
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.watch import resume


@dataclass(frozen=True, slots=True)
class ResumeOrders:
    """A request to resume orders whose next step is overdue."""


@dataclass(frozen=True, slots=True)
class ResumeOrdersHandler:
    """Resumes orders that are paid and not cooked, or whose refund is not made.

    Their event was lost: a queue was purged, its message has expired, a subscription was broken. A
    payment with an open dispute is reported again once a day, so that Stripe is asked for its end.
    """

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, _command: ResumeOrders) -> None:
        """Resume the orders that wait for the longest time, for 40 seconds at most.

        Raises:
            OrderStoreUnavailableError: the orders could not be read.
        """
        process_independently(
            lambda limit: self.orders.unfinished(self.clock(), limit),
            self._resume,
            lambda order_id: self.orders.postpone(order_id, self.clock()),
            self.telemetry,
            self.clock,
        )

    def _resume(self, order_id: str) -> None:
        now = self.clock()
        events = payment_events(self.new_id, now)
        order = transition(
            self.orders, self.telemetry, order_id, lambda order: resume(order, now, events)
        )
        self.telemetry.bind(order_id, order.trace_id)
        if not {events.paid, events.refund_due}.isdisjoint(order.outbox):
            self.telemetry.count("OrderResumed")
            self.telemetry.info("order.resumed", status=order.status.value)
        self.events.publish(_reports(order, self.new_id, now))
        settle_and_deliver(self.stock, self.orders, self.events, order)


def _reports(order: Order, new_id: NewId, at: datetime) -> list[Event]:
    """Return a report of each disputed payment, as the webhook at its end: Stripe is asked then."""
    return [
        PaymentFact(
            event_id=new_id(),
            event_type=EventType.DISPUTE_CLOSED,
            occurred_at=at,
            trace_id=order.trace_id,
            data=PaymentReference(
                order_id=order.order_id,
                stripe_object_id=payment.key,
                payment_intent_id=payment.payment_intent_id,
            ),
        )
        for payment in order.payments
        if payment.is_disputed
    ]
