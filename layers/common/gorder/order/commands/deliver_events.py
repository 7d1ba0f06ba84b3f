"""Publish events that were left in outboxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.transition import deliver_outbox
from gorder.order.model import Order
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import Clock, OrderRepository, StockClient

_UNDER_WAY = timedelta(seconds=30)  # the function that saved a younger event may still publish it
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class DeliverEvents:
    """A request to publish events that were left in outboxes."""


@dataclass(frozen=True, slots=True)
class DeliverEventsHandler:
    """Publishes events that were left. Concurrent runs publish twice; consumers are idempotent."""

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    telemetry: Telemetry

    def __call__(self, _command: DeliverEvents) -> None:
        """Publish events older than 30 seconds, for a minute at most.

        Raises:
            OrderStoreUnavailableError: the outboxes could not be read.
        """
        before = self.clock() - _UNDER_WAY
        self._record_oldest(self.orders.undelivered(before, 1))
        process_independently(
            lambda limit: self.orders.undelivered(before, limit),
            self._deliver,
            self.telemetry,
            self.clock,
        )

    def _record_oldest(self, found: Sequence[Order]) -> None:
        now = self.clock()
        waits = [now - event.occurred_at for order in found for event in outbox_events(order)]
        self.telemetry.gauge("OldestUndeliveredEvent", max(waits, default=_NOTHING).total_seconds())

    def _deliver(self, order: Order) -> None:
        self.telemetry.bind(order.order_id, order.trace_id)
        if order.is_closed:  # the event promises released stock
            self.stock.release(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
        self.telemetry.count("EventDeliveredLate", len(outbox_events(order)))
