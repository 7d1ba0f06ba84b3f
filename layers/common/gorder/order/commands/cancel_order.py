"""Cancel an order before it is paid: first its payment page, then its status, then its stock."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import EventType
from gorder.contracts.telemetry import Telemetry
from gorder.order.access_check import AccessCheck
from gorder.order.access_token import Scope
from gorder.order.changes import OutboxEvent
from gorder.order.commands.close_unpaid import close_unpaid
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.errors import OrderAlreadyPaid, OrderNotFound, PaymentUnderWay
from gorder.order.model import Order
from gorder.order.payment_ports import PageOutcome, PaymentPages
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.store_errors import OrderMissingError


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """A customer's request to cancel an order."""

    customer_id: str
    order_id: str
    access_token: str


@dataclass(frozen=True, slots=True)
class CancelOrderHandler:
    """Cancels an order. Stock is never free while a payment can still come.

    Each step can be repeated, so a second request finishes what the first began. A pending order
    may have a page that is not saved yet: the customer has not seen it, and the function that
    made it closes it when it finds the order cancelled.
    """

    orders: OrderRepository
    stock: StockClient
    pages: PaymentPages
    events: EventPublisher
    access: AccessCheck
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: CancelOrder) -> Order:
        """Cancel the order and release its stock; an order cancelled before is returned as it is.

        Raises:
            OrderNotFound: the order does not exist, or customer or token do not match it.
            OrderAlreadyPaid, PaymentUnderWay, OrderClosed: it cannot be cancelled.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        self.access.require(
            Scope.CANCEL, command.customer_id, command.order_id, command.access_token
        )
        cancelled = OutboxEvent(self.new_id(), EventType.ORDER_CANCELLED, self.clock())
        try:
            order, page = close_unpaid(
                self.orders,
                self.pages,
                self.telemetry,
                command.order_id,
                lambda order, page: order.cancel(cancelled, page),
            )
        except OrderMissingError:
            raise OrderNotFound from None
        match page:
            case PageOutcome.PAID:
                raise OrderAlreadyPaid
            case PageOutcome.PAYMENT_UNDER_WAY:
                raise PaymentUnderWay
            case _:
                settle_and_deliver(self.stock, self.orders, self.events, order)
                return order
