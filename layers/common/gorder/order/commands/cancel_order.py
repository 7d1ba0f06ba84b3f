"""Cancel an order before it is paid: first its page, then its status, then its stock."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.model import Order, OrderNotFound, OutboxEvent
from gorder.order.ports import (
    Clock,
    NewId,
    OrderMissingError,
    OrderRepository,
    PaymentPages,
    StockClient,
)


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """The customer does not want this order any more."""

    customer_id: str
    order_id: str
    access_token: str


@dataclass(frozen=True, slots=True)
class CancelOrderHandler:
    """Stock is never free while a payment can still come, and asking again finishes what was begun.

    A pending order may have a page that is not saved yet: nobody was shown it, and whoever made it
    closes it when they find the order closed.
    """

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    events: EventPublisher
    tokens: AccessTokens
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: CancelOrder) -> Order:
        """Cancel; an order that is cancelled already is answered alike.

        Raises:
            OrderNotFound: no such order, not this customer's, or not this token's.
            OrderAlreadyPaid, PaymentUnderWay, OrderClosed: it cannot be cancelled.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or what the payment service raises: ask again.
        """
        self._check(command)
        cancelled = OutboxEvent(self.new_id(), EventType.ORDER_CANCELLED, self.clock())
        try:
            order = transition(
                self.orders,
                self.telemetry,
                command.order_id,
                lambda order: self._cancel(order, cancelled),
            )
        except OrderMissingError:
            raise OrderNotFound from None
        self.stock.release(order.order_id, order.trace_id)
        deliver_outbox(self.orders, self.events, order)
        return order

    def _check(self, command: CancelOrder) -> None:
        order = (command.customer_id, command.order_id)
        if not self.tokens.opens(command.access_token, Scope.CANCEL, *order, self.clock()):
            raise OrderNotFound

    def _cancel(self, order: Order, cancelled: OutboxEvent) -> Order:
        after = order.cancel(cancelled)
        if after is not order and order.checkout.session_id:
            self.pages.close(order.checkout.session_id)
        return after
