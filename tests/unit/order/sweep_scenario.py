"""One stored order whose time to pay has just ended, and the sweep."""

from datetime import timedelta
from itertools import count

from gorder.bootstrap.payment_pages import PaymentServicePages
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.expire_orders import ExpireOrders, ExpireOrdersHandler
from gorder.order.commands.settle_holds import SettleHolds, SettleHoldsHandler
from gorder.order.model import Order
from gorder.payment.commands.expire_page import ExpirePageHandler
from tests.fakes.clock import NOON
from tests.fakes.examples import TIME_TO_PAY, pending
from tests.unit.order.order_scenario import OrderScenario

SOUP = {"soup": 1}


class SweepScenario(OrderScenario):
    """An order whose time to pay has just ended, and the three tasks of the sweep."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.clock.now = NOON + TIME_TO_PAY + timedelta(seconds=1)
        ids = count(1)
        self.deliver_events = DeliverEventsHandler(
            self.orders, self.stock, self.bus, self.clock, self.telemetry
        )
        self.expire_orders = ExpireOrdersHandler(
            orders=self.orders,
            stock=self.stock,
            pages=PaymentServicePages(ExpirePageHandler(self.gateway, self.bus, self.clock)),
            events=self.bus,
            clock=self.clock,
            new_id=lambda: f"swept-{next(ids)}",
            telemetry=self.telemetry,
        )
        self.settle_holds = SettleHoldsHandler(self.orders, self.stock, self.clock, self.telemetry)

    def deliver(self) -> None:
        self.deliver_events(DeliverEvents())

    def expire(self) -> None:
        self.expire_orders(ExpireOrders("trace-1"))

    def settle(self) -> None:
        self.settle_holds(SettleHolds("trace-1"))

    def add_pending(self, order_id: str) -> None:
        """Store another pending order and reserve its stock."""
        self.orders.stored[order_id] = pending(order_id)
        self.stock.reserve(order_id, SOUP, NOON + TIME_TO_PAY, "trace-1")
        self.faults.calls.clear()
