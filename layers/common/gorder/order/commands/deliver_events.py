"""Publish events that were left in outboxes."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import Clock, OrderRepository, StockClient

_UNDER_WAY = timedelta(seconds=30)  # the function that saved a younger event may still publish it


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
        """Publish events older than 30 seconds, for 40 seconds at most.

        Raises:
            OrderStoreUnavailableError: the outboxes could not be read.
        """
        now = self.clock()
        before = now - _UNDER_WAY
        oldest = self.orders.oldest_undelivered(before) or now
        process_independently(
            lambda limit: self.orders.undelivered(before, limit),
            self._deliver,
            lambda order_id: self.orders.postpone(order_id, self.clock()),
            self.telemetry,
            self.clock,
        )
        self.telemetry.gauge("OldestUndeliveredEvent", (now - oldest).total_seconds())

    def _deliver(self, order_id: str) -> None:
        order = self.orders.get(order_id)
        self.telemetry.bind(order_id, order.trace_id)
        settle_and_deliver(self.stock, self.orders, self.events, order)
        self.telemetry.count("EventDeliveredLate", len(outbox_events(order)))
