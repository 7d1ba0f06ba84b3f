"""One stored order, and the message that makes its payment page."""

from itertools import count

from gorder.bootstrap.payment_link import OrderPayables
from gorder.order.changes import OutboxEvent
from gorder.order.commands.await_payment import AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckoutHandler
from gorder.order.commands.refuse_checkout import RefuseCheckoutHandler
from gorder.order.model import Order
from gorder.payment.commands.create_payment_link import CreatePaymentLink, CreatePaymentLinkHandler
from gorder.payment.model import PageOptions
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import CREATED, ORDER_ID, PAGE_OPTIONS, TIME_TO_PAY, TRACE_ID, pending
from tests.fakes.faults import Faults
from tests.fakes.gateway import MemoryGateway
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry

PRICES = {"price_700": 700, "price_250": 250}


CREATED_MESSAGE = CreatePaymentLink(ORDER_ID, CREATED.event_id)


class PaymentLinkScenario:
    """One stored order, and a gateway with the given prices."""

    def __init__(self, order: Order, prices: dict[str, int] | None = None) -> None:
        self.faults = Faults()
        self.clock = StandingClock()
        self.telemetry = MemoryTelemetry()
        self.orders = MemoryOrders(order, faults=self.faults)
        self.gateway = MemoryGateway(self.clock, prices or PRICES, self.faults)
        self.bus = MemoryBus(faults=self.faults)
        self.stock = MemoryStock(self.faults)
        self.stock.reserve(ORDER_ID, order.quantities, order.checkout.expires_at, TRACE_ID)
        self.faults.calls.clear()
        ids = count(1)
        self.payables = OrderPayables(
            BeginCheckoutHandler(
                self.orders,
                self.stock,
                self.bus,
                self.clock,
                lambda: f"expired-{next(ids)}",
                TIME_TO_PAY,
                self.telemetry,
            ),
            RefuseCheckoutHandler(
                self.orders,
                self.stock,
                self.bus,
                self.clock,
                lambda: f"cancelled-{next(ids)}",
                self.telemetry,
            ),
            AwaitPaymentHandler(self.orders, self.clock, self.telemetry),
        )

    def order_created(self, options: PageOptions = PAGE_OPTIONS) -> None:
        CreatePaymentLinkHandler(self.payables, self.gateway, options)(CREATED_MESSAGE)

    @property
    def order(self) -> Order:
        return self.orders.stored[ORDER_ID]


CANCELLED = pending().cancel(OutboxEvent("cancelled", "order.cancelled", NOON))
