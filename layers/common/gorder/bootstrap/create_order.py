"""Puts the create_order function together."""

from datetime import timedelta
from uuid import uuid4

from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.bootstrap.settings import StockClientSettings, TimeToPaySettings, load
from gorder.bootstrap.topic import topic
from gorder.clients.aws import lambda_client
from gorder.contracts.bus import EventPublisher
from gorder.order.access_token import AccessTokens
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.commands.create_order import CreateOrder, CreateOrderHandler, PlacedOrder
from gorder.order.ports import OrderRepository, StockClient
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import renewed


def build(
    orders: OrderRepository,
    stock: StockClient,
    events: EventPublisher,
    tokens: AccessTokens,
    time_to_pay: timedelta,
) -> Handler[CreateOrder, PlacedOrder]:
    """The decorated handler on the ports given."""
    handler = CreateOrderHandler(
        orders=orders,
        stock=stock,
        events=events,
        tokens=tokens,
        clock=utc_now,
        new_id=lambda: uuid4().hex,
        time_to_pay=time_to_pay,
        telemetry=telemetry,
    )
    return observed("CreateOrder", handler)


@renewed
def service() -> Handler[CreateOrder, PlacedOrder]:
    """The handler on the real ports."""
    return build(
        mongo_orders(),
        LambdaStock(lambda_client(), load(StockClientSettings).stock_function),
        topic(),
        access_tokens(),
        load(TimeToPaySettings).time_to_pay,
    )
