"""Close orders nobody paid in time: first the page, then the status, then the stock."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.model import Order, OrderAlreadyPaid, OutboxEvent, PaymentUnderWay
from gorder.order.ports import (
    Clock,
    ConcurrentUpdateError,
    NewId,
    OrderMissingError,
    OrderRepository,
    OrderStoreUnavailableError,
    PaymentPages,
    StockClient,
)

_LOOK_AGAIN = timedelta(hours=1)
_TRY_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ExpireOrders:
    """Time to look for orders that have waited too long."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class ExpireOrdersHandler:
    """Two at once close an order once: the change of status is a compare-and-set.

    Dying before the stock is free leaves a hold that has ended, which `SettleHolds` frees.
    """

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: ExpireOrders) -> None:
        """Close the longest overdue, for a minute at most.

        Raises:
            OrderStoreUnavailableError: nothing was found out.
        """
        process_independently(
            lambda limit: self.orders.overdue(self.clock(), limit),
            lambda order_id: self._expire_or_postpone(order_id, command.trace_id),
            self.telemetry,
            self.clock,
        )

    def _expire_or_postpone(self, order_id: str, trace_id: str) -> None:
        """An order whose page cannot be closed is due again in 5 minutes: others come before it."""
        self.telemetry.bind(order_id, trace_id)
        try:
            self._expire(order_id)
        except Exception:
            until = self.clock() + _TRY_AGAIN
            with suppress(OrderStoreUnavailableError, ConcurrentUpdateError, OrderMissingError):
                transition(
                    self.orders, self.telemetry, order_id, lambda order: order.wait_until(until)
                )
            raise

    def _expire(self, order_id: str) -> None:
        now = self.clock()
        expired = OutboxEvent(self.new_id(), EventType.ORDER_EXPIRED, now)
        order = transition(
            self.orders, self.telemetry, order_id, lambda order: self._close(order, expired)
        )
        self.telemetry.bind(order_id, order.trace_id)
        if not order.is_closed:
            return
        self.stock.release(order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
        self.telemetry.info("order.closed", status=order.status.value)

    def _close(self, order: Order, expired: OutboxEvent) -> Order:
        after = order.expire(expired)
        if after is order or order.checkout.session_id is None:
            return after
        try:
            self.pages.close(order.checkout.session_id)
        except (OrderAlreadyPaid, PaymentUnderWay) as found:
            return self._leave(order, found, expired.occurred_at)
        return after

    def _leave(self, order: Order, found: Exception, now: datetime) -> Order:
        """Its payment is told or under way; others have their turn before it is due again."""
        self.telemetry.count("PaymentFoundBySweep")
        self.telemetry.info("order.not_expired", found=type(found).__name__)
        return order.wait_until(now + _LOOK_AGAIN)
