"""Puts the get_order function together."""

from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.order.access_token import AccessTokens
from gorder.order.ports import OrderView, OrderViews
from gorder.order.queries.get_order import GetOrder, GetOrderHandler
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import renewed


def build(views: OrderViews, tokens: AccessTokens) -> Handler[GetOrder, OrderView]:
    """The decorated handler on the ports given."""
    return observed("GetOrder", GetOrderHandler(views, tokens, utc_now))


@renewed
def service() -> Handler[GetOrder, OrderView]:
    """The handler on the real ports."""
    return build(mongo_orders(), access_tokens())
