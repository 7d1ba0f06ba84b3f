"""Place an order: reserve its stock, save it with its first event, publish the event."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gorder.contracts.bus import EventBusUnavailableError, EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.stock import PricedLine
from gorder.contracts.telemetry import Telemetry
from gorder.errors import DefectError
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.changes import OutboxEvent
from gorder.order.client_ids import ClientHashes
from gorder.order.errors import InvalidOrder
from gorder.order.holds import FIRST_HOLD
from gorder.order.idempotency import (
    LIFETIME,
    IdempotencyKey,
    IdempotencyKeyExpired,
    IdempotencyKeyReused,
    OrderIds,
)
from gorder.order.lines import (
    LineNote,
    OrderLimits,
    OrderLine,
    WantedItems,
    WantedLine,
    items_of,
    merge_lines,
)
from gorder.order.model import Order
from gorder.order.order_metrics import record_placed
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.stock_errors import (
    InsufficientStock,
    ReservationDiffersError,
    ReservationReleasedError,
    ShareExceeded,
    StockUnavailableError,
    TooManyUnpaidOrders,
)
from gorder.order.store_errors import OrderMissingError, OrderStoreUnreachableError

_RANDOM_IDS: Final = 3  # tried for an order without an idempotency key


class OrderIdsTakenError(DefectError):
    """Every random order id that was tried already has a released reservation."""

    code = "order_ids_taken"

    def __init__(self) -> None:
        super().__init__(
            f"{_RANDOM_IDS} random order ids in a row had a released reservation; "
            "check the source of random ids and the stock service"
        )


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """A customer's request for an order. A customer's requests with one `key` place one order.

    Attributes:
        lines: lines of one product are added up.
        addresses: those that the request has come from, the nearest one last.
        pages_proof: what the pages' distribution adds to a request; empty if it came directly.
    """

    customer_id: str
    lines: tuple[WantedLine, ...]
    trace_id: str
    addresses: tuple[str, ...]
    key: IdempotencyKey | None = None
    pages_proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order, the token that opens it, and whether an earlier request placed it."""

    order: Order
    access_token: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class CreateOrderHandler:
    """Places an order in three round trips: reserve, insert, publish.

    The hold is short until the order is saved; `SettleHolds` extends it. A process that dies after
    the reservation leaves it without an order; one that dies after the insert leaves the event in
    the order's outbox. A repeated request with the same key finds both, because its order id is the
    same.
    """

    orders: OrderRepository
    stock: StockClient
    events: EventPublisher
    tokens: AccessTokens
    order_ids: OrderIds
    clients: ClientHashes
    limits: OrderLimits
    clock: Clock
    new_id: NewId
    time_to_pay: timedelta
    telemetry: Telemetry

    def __call__(self, command: CreateOrder) -> PlacedOrder:
        """Place the order, or return the one that an earlier request with the same key placed.

        Raises:
            InvalidOrder: too many lines or units, or a total that no payment can carry.
            IdempotencyKeyReused: the key has an order of other lines or notes, or has used up its
                ids.
            IdempotencyKeyExpired: the key's order is a day old, or its tokens were revoked.
            StockRefused: a product is unknown, not for sale, or short, or the client would have
                too many unpaid orders or units.
            StockUnavailableError: nothing was placed; try again.
            OrderStoreUnreachableError: nothing was placed; try again.
            OrderStoreUnavailableError: it may have been placed; with a key, try again.
            OrderIdsTakenError: without a key, each random id had a released reservation.
        """
        items = merge_lines(command.lines)
        try:
            self.limits.require(items.quantities)
        except InvalidOrder:
            if placed := self._placed_before(items, command):  # under other limits
                return placed
            raise
        for order_id in self._ids_to_try(command):
            if placed := self._place(order_id, items, command):
                return placed
        raise IdempotencyKeyReused if command.key else OrderIdsTakenError

    def _placed_before(self, items: WantedItems, command: CreateOrder) -> PlacedOrder | None:
        if command.key is None:
            return None
        found = (
            self._find(order_id, items, self.clock()) for order_id in self._ids_to_try(command)
        )
        return next((placed for placed in found if placed), None)

    def _ids_to_try(self, command: CreateOrder) -> Iterable[str]:
        """Return the ids to try: those of the key, otherwise random ones."""
        if command.key:
            return self.order_ids.derive(command.customer_id, command.key)
        return (self.new_id() for _ in range(_RANDOM_IDS))

    def _place(self, order_id: str, items: WantedItems, command: CreateOrder) -> PlacedOrder | None:
        """Return None if the reservation under this id was released before its order was saved."""
        self.telemetry.bind(order_id)
        now = self.clock()
        pay_until = now + self.time_to_pay
        client = self.clients.ids(command.addresses, command.customer_id, now, command.pages_proof)
        try:
            priced = self.stock.reserve(
                order_id, items.quantities, now + FIRST_HOLD, command.trace_id, client
            )
        except InsufficientStock:
            self.telemetry.count("StockOut")
            raise
        except (TooManyUnpaidOrders, ShareExceeded):
            self.telemetry.count("ClientRefused")
            raise
        except ReservationDiffersError:
            raise IdempotencyKeyReused from None
        except ReservationReleasedError:
            return self._find(order_id, items, now)
        try:
            order = Order.place(
                order_id=order_id,
                customer_id=command.customer_id,
                trace_id=command.trace_id,
                lines=tuple(_order_line(line, items.notes_on(line.product_id)) for line in priced),
                currency=priced[0].currency,
                pay_until=pay_until,
                created=OutboxEvent(self.new_id(), EventType.ORDER_CREATED, now),
                token_key_id=self.tokens.key_id,
            )
        except InvalidOrder:
            if placed := self._find(order_id, items, now):  # placed under other bounds
                return placed
            self.stock.release(order_id, command.trace_id)
            raise
        if not self._add(order, command):
            return self._find(order_id, items, now)
        record_placed(self.telemetry)
        self.telemetry.info("order.created", amount_total=order.amount_total)
        return self._answer(order, now, replayed=False)

    def _add(self, order: Order, command: CreateOrder) -> bool:
        """Save the order. If its database cannot be reached, release the hold of a random id.

        Another request with the same key may have saved the order of this hold, or may be about to.
        """
        try:
            return self.orders.add(order)
        except OrderStoreUnreachableError:
            if command.key is None:
                with suppress(StockUnavailableError):  # the hold is short
                    self.stock.release(order.order_id, command.trace_id)
            raise

    def _find(self, order_id: str, items: WantedItems, now: datetime) -> PlacedOrder | None:
        """Return the order that an earlier request saved under this id, or None."""
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            return None
        if now - order.placed_at >= LIFETIME or not self.tokens.accepts(order.token_key_id):
            raise IdempotencyKeyExpired
        if items_of(order.lines) != items:
            raise IdempotencyKeyReused
        self.telemetry.info("order.replayed", status=order.status.value)
        return self._answer(order, now, replayed=True)

    def _answer(self, order: Order, now: datetime, *, replayed: bool) -> PlacedOrder:
        """Publish `order.created` and issue the order's token.

        The event stays in the outbox: its consumer removes it in a write that it makes anyway.
        Other events may have to wait for the stock service.
        """
        try:
            self.events.publish(
                event
                for event in outbox_events(order)
                if event.event_type == EventType.ORDER_CREATED
            )
        except EventBusUnavailableError:
            self.telemetry.count("EventDeferred")
            self.telemetry.warning("order.event_deferred")
        token = self.tokens.issue(Scope, order.customer_id, order.order_id, now)
        return PlacedOrder(order, token, replayed)


def _order_line(line: PricedLine, notes: tuple[LineNote, ...]) -> OrderLine:
    return OrderLine(
        product_id=line.product_id,
        name=line.name,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        price_id=line.price_id,
        notes=notes,
    )
