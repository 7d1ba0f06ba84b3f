"""Puts the order_paid function together."""

from functools import cache
from uuid import uuid4

from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import StockClientSettings, load
from gorder.bootstrap.topic import topic
from gorder.clients.aws import lambda_client
from gorder.contracts.bus import EventPublisher
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.commands.mark_paid import MarkPaid, MarkPaidHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry


def build(
    orders: OrderRepository, stock: StockClient, events: EventPublisher
) -> Handler[MarkPaid, None]:
    """The decorated handler on the ports given."""
    handler = MarkPaidHandler(orders, stock, events, utc_now, lambda: uuid4().hex, telemetry)
    return observed("MarkPaid", handler)


@cache
def service() -> Handler[MarkPaid, None]:
    """The handler on the real ports."""
    stock = LambdaStock(lambda_client(), load(StockClientSettings).stock_function)
    return build(mongo_orders(), stock, topic())
