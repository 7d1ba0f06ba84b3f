"""Close orders that were not paid in time: first the page, then the status, then the stock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import OutboxEvent
from gorder.order.commands.close_unpaid import close_unpaid
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.commands.transition import transition
from gorder.order.payment_ports import PageOutcome, PaymentPages
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient

_PAYMENT_CHECK = timedelta(hours=1)  # until an order with a payment is looked at again


@dataclass(frozen=True, slots=True)
class ExpireOrders:
    """A request to close overdue orders."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class ExpireOrdersHandler:
    """Expires overdue orders. Concurrent runs close an order once: the status is compared and set.

    A process that dies before it releases the stock leaves an overdue hold for `SettleHolds`.
    """

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: ExpireOrders) -> None:
        """Close the longest overdue orders, for 40 seconds at most.

        Raises:
            OrderStoreUnavailableError: the overdue orders could not be read.
        """
        process_independently(
            lambda limit: self.orders.overdue(self.clock(), limit),
            lambda order_id: self._expire(order_id, command.trace_id),
            lambda order_id: self.orders.postpone(order_id, self.clock()),
            self.telemetry,
            self.clock,
        )

    def _expire(self, order_id: str, trace_id: str) -> None:
        self.telemetry.bind(order_id, trace_id)
        now = self.clock()
        expired = OutboxEvent(self.new_id(), EventType.ORDER_EXPIRED, now)
        order, page = close_unpaid(
            self.orders,
            self.pages,
            self.telemetry,
            order_id,
            lambda order, _: order.expire(expired),
        )
        self.telemetry.bind(order_id, order.trace_id)
        if page is not PageOutcome.CLOSED:
            self.telemetry.count("PaymentFoundBySweep")
            self.telemetry.info("order.not_expired", page=page.value)
            self._wait(order_id, now + _PAYMENT_CHECK)
        elif order.is_closed:
            settle_and_deliver(self.stock, self.orders, self.events, order)
            self.telemetry.info("order.closed", status=order.status.value)

    def _wait(self, order_id: str, until: datetime) -> None:
        transition(self.orders, self.telemetry, order_id, lambda order: order.wait_until(until))
