"""Deliver events that stayed in their orders' outboxes."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.each_apart import each_apart
from gorder.order.commands.transition import deliver_outbox
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository

_UNDER_WAY = timedelta(seconds=30)  # younger events are being delivered by whoever caused them
_MOST = 50
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class DeliverEvents:
    """Time to look for events that were left."""


@dataclass(frozen=True, slots=True)
class DeliverEventsHandler:
    """Two at once publish twice, and consumers are idempotent."""

    orders: OrderRepository
    events: EventPublisher
    clock: Clock
    telemetry: Telemetry

    def __call__(self, _command: DeliverEvents) -> None:
        """Publish what is older than 30 s, of 50 orders at most.

        Raises:
            OrderStoreUnavailableError: nothing was found out.
        """
        now = self.clock()
        left = self.orders.undelivered(now - _UNDER_WAY, _MOST)
        waiting = [now - event.occurred_at for order in left for event in order.outbox]
        self.telemetry.level(
            "OldestUndeliveredEvent", max(waiting, default=_NOTHING).total_seconds()
        )
        each_apart(left, self._deliver, self.telemetry)

    def _deliver(self, order: Order) -> None:
        self.telemetry.follow(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
        self.telemetry.count("EventDeliveredLate", len(order.outbox))
