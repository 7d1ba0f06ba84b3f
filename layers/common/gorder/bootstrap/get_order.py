"""Build the get_order function."""

from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.order.access_check import AccessCheck
from gorder.order.access_token import AccessTokens
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.order.queries.get_order import GetOrder, GetOrderHandler
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


def build(orders: OrderRepository, tokens: AccessTokens) -> Handler[GetOrder, Order]:
    handler = GetOrderHandler(orders=orders, access=AccessCheck(tokens, utc_now, telemetry))
    return observed("GetOrder", handler)


@cached_for_five_minutes
def service() -> Handler[GetOrder, Order]:
    return build(mongo_orders(), access_tokens())
