"""Deliver events that stayed in their orders' outboxes."""

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

_UNDER_WAY = timedelta(seconds=30)  # younger events are being delivered by whoever caused them
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class DeliverEvents:
    """Time to look for events that were left."""


@dataclass(frozen=True, slots=True)
class DeliverEventsHandler:
    """Two at once publish twice, and consumers are idempotent."""

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    clock: Clock
    telemetry: Telemetry

    def __call__(self, _command: DeliverEvents) -> None:
        """Publish what is older than 30 s, for a minute at most.

        Raises:
            OrderStoreUnavailableError: nothing was found out.
        """
        before = self.clock() - _UNDER_WAY
        self._tell_the_oldest(self.orders.undelivered(before, 1))
        process_independently(
            lambda limit: self.orders.undelivered(before, limit),
            self._deliver,
            self.telemetry,
            self.clock,
        )

    def _tell_the_oldest(self, found: Sequence[Order]) -> None:
        now = self.clock()
        waits = [now - event.occurred_at for order in found for event in outbox_events(order)]
        self.telemetry.gauge("OldestUndeliveredEvent", max(waits, default=_NOTHING).total_seconds())

    def _deliver(self, order: Order) -> None:
        self.telemetry.bind(order.order_id, order.trace_id)
        if order.is_closed:  # its event says that its stock is free
            self.stock.release(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
        self.telemetry.count("EventDeliveredLate", len(outbox_events(order)))
