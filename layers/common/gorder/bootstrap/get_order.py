"""Build the get_order function."""

from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.order.access_token import AccessTokens
from gorder.order.ports import OrderView, OrderViews
from gorder.order.queries.get_order import GetOrder, GetOrderHandler
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import cached_for_five_minutes


def build(views: OrderViews, tokens: AccessTokens) -> Handler[GetOrder, OrderView]:
    return observed("GetOrder", GetOrderHandler(views, tokens, utc_now))


@cached_for_five_minutes
def service() -> Handler[GetOrder, OrderView]:
    return build(mongo_orders(), access_tokens())
