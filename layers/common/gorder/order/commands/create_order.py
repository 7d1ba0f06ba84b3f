"""Place an order: hold its stock, save it with its first event, announce it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gorder.contracts.bus import EventBusUnavailableError, EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.stock import PricedLine
from gorder.contracts.telemetry import Telemetry
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.idempotency import IdempotencyKey, IdempotencyKeyReused
from gorder.order.model import InvalidOrder, Order, OrderLine, OutboxEvent, WantedLine, merge_lines
from gorder.order.order_metrics import record_placed
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import (
    Clock,
    InsufficientStock,
    NewId,
    OrderMissingError,
    OrderRepository,
    ReservationDiffersError,
    ReservationReleasedError,
    StockClient,
)

type _Lines = tuple[WantedLine, ...]


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """A customer wants these. With the same `key` it is the same wish."""

    customer_id: str
    lines: tuple[WantedLine, ...]
    trace_id: str
    key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order, the token that opens it, and whether an earlier request had placed it."""

    order: Order
    access_token: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class CreateOrderHandler:
    """Three round trips: reserve, insert, publish.

    Dying after the reservation leaves a hold that ends at its `expires_at`; dying after the insert
    leaves the event in the order's outbox. Neither sells nor loses anything, and with a key the
    next request finds both, for its order id is the same.
    """

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    tokens: AccessTokens
    clock: Clock
    new_id: NewId
    time_to_pay: timedelta
    telemetry: Telemetry

    def __call__(self, command: CreateOrder) -> PlacedOrder:
        """Place the order, or find the one that the same key placed.

        Raises:
            InvalidOrder: too many lines or units, or a total no payment can carry.
            IdempotencyKeyReused: the key has an order of other lines, or too many without one.
            StockRefused: a product is unknown, not for sale, or not there in that number.
            StockUnavailableError: nothing was placed; worth a retry.
            OrderStoreUnavailableError: it may have been placed; with the same key, worth a retry.
        """
        wanted = merge_lines(command.lines)
        attempts = (self._place(order_id, wanted, command) for order_id in self._order_ids(command))
        if placed := next((placed for placed in attempts if placed), None):
            return placed
        raise IdempotencyKeyReused

    def _order_ids(self, command: CreateOrder) -> Iterator[str]:
        return command.key.order_ids(command.customer_id) if command.key else iter(self.new_id, "")

    def _place(self, order_id: str, wanted: _Lines, command: CreateOrder) -> PlacedOrder | None:
        """None if this id's hold ended before an order was saved under it."""
        self.telemetry.bind(order_id)
        now = self.clock()
        pay_until = now + self.time_to_pay
        try:
            priced = self.stock.reserve(order_id, wanted, pay_until, command.trace_id)
        except InsufficientStock:
            self.telemetry.count("StockOut")
            raise
        except ReservationDiffersError:
            raise IdempotencyKeyReused from None
        except ReservationReleasedError:
            return self._find(order_id, wanted, now)
        try:
            order = Order.place(
                order_id=order_id,
                customer_id=command.customer_id,
                trace_id=command.trace_id,
                lines=tuple(_order_line(line) for line in priced),
                currency=priced[0].currency,
                pay_until=pay_until,
                created=OutboxEvent(self.new_id(), EventType.ORDER_CREATED, now),
            )
        except InvalidOrder:
            self.stock.release(order_id, command.trace_id)
            raise
        if not self.orders.add(order):
            return self._find(order_id, wanted, now)
        record_placed(self.telemetry)
        self.telemetry.info("order.created", amount_total=order.amount_total)
        return self._answer(order, now, replayed=False)

    def _find(self, order_id: str, wanted: _Lines, now: datetime) -> PlacedOrder | None:
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            return None
        if not order.is_for(wanted):
            raise IdempotencyKeyReused
        self.telemetry.info("order.replayed", status=order.status.value)
        return self._answer(order, now, replayed=True)

    def _answer(self, order: Order, now: datetime, *, replayed: bool) -> PlacedOrder:
        """The consumer's own write takes the event out of the outbox, so no write is spent here."""
        try:
            self.events.publish(outbox_events(order))
        except EventBusUnavailableError:
            self.telemetry.count("EventDeferred")
            self.telemetry.warning("order.event_deferred")
        token = self.tokens.issue(Scope, order.customer_id, order.order_id, now)
        return PlacedOrder(order, token, replayed)


def _order_line(line: PricedLine) -> OrderLine:
    return OrderLine(line.product_id, line.name, line.quantity, line.unit_amount, line.price_id)
