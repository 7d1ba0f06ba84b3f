"""Puts the sweep function together."""

from dataclasses import dataclass
from uuid import uuid4

from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_pages import hosted_pages, stripe_pages
from gorder.bootstrap.settings import StockClientSettings, load
from gorder.bootstrap.topic import topic
from gorder.clients.aws import lambda_client
from gorder.contracts.bus import EventPublisher
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.expire_orders import ExpireOrders, ExpireOrdersHandler
from gorder.order.commands.settle_holds import SettleHolds, SettleHoldsHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.ports import PageExpiry
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import renewed


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is done every minute."""

    deliver: Handler[DeliverEvents, None]
    expire: Handler[ExpireOrders, None]
    settle: Handler[SettleHolds, None]


def build(
    orders: OrderRepository, stock: StockClient, expiry: PageExpiry, events: EventPublisher
) -> Sweep:
    """The decorated handlers on the ports given."""
    expire = ExpireOrdersHandler(
        orders=orders,
        stock=stock,
        pages=hosted_pages(expiry, events),
        events=events,
        clock=utc_now,
        new_id=lambda: uuid4().hex,
        telemetry=telemetry,
    )
    deliver = DeliverEventsHandler(orders, stock, events, utc_now, telemetry)
    settle = SettleHoldsHandler(orders, stock, utc_now, telemetry)
    return Sweep(
        observed("DeliverEvents", deliver),
        observed("ExpireOrders", expire),
        observed("SettleHolds", settle),
    )


@renewed
def service() -> Sweep:
    """The handlers on the real ports."""
    stock = LambdaStock(lambda_client(), load(StockClientSettings).stock_function)
    return build(mongo_orders(), stock, stripe_pages(), topic())
