"""Build the get_menu function."""

from functools import cache

from gorder.bootstrap.stock_client import stock_client
from gorder.contracts.stock import ListMenuRequest, MenuListed
from gorder.order.ports import StockClient
from gorder.runtime.decorators import Handler, observed


def build(stock: StockClient) -> Handler[ListMenuRequest, MenuListed]:
    return observed("GetMenu", stock.menu)


@cache
def service() -> Handler[ListMenuRequest, MenuListed]:
    return build(stock_client())
