"""Build the sweep function."""

from dataclasses import dataclass

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_pages import hosted_pages, stripe_pages
from gorder.bootstrap.settings import StockClientSettings, load
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
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is done every minute."""

    deliver: Handler[DeliverEvents, None]
    expire: Handler[ExpireOrders, None]
    settle: Handler[SettleHolds, None]


def build(
    orders: OrderRepository, stock: StockClient, expiry: PageExpiry, events: EventPublisher
) -> Sweep:
    expire = ExpireOrdersHandler(
        orders=orders,
        stock=stock,
        pages=hosted_pages(expiry, events),
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    deliver = DeliverEventsHandler(orders, stock, events, utc_now, telemetry)
    settle = SettleHoldsHandler(orders, stock, utc_now, telemetry)
    return Sweep(
        observed("DeliverEvents", deliver),
        observed("ExpireOrders", expire),
        observed("SettleHolds", settle),
    )


@cached_for_five_minutes
def service() -> Sweep:
    stock = LambdaStock(lambda_client(), load(StockClientSettings).stock_function)
    return build(mongo_orders(), stock, stripe_pages(), event_publisher())
