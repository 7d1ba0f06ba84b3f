"""Build the get_menu function."""

from functools import cache

from gorder.bootstrap.settings import StockClientSettings, load
from gorder.clients.aws import lambda_client
from gorder.contracts.stock import ListMenuRequest, MenuListed
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.ports import StockClient
from gorder.runtime.decorators import Handler, observed


def build(stock: StockClient) -> Handler[ListMenuRequest, MenuListed]:
    return observed("GetMenu", stock.menu)


@cache
def service() -> Handler[ListMenuRequest, MenuListed]:
    return build(LambdaStock(lambda_client(), load(StockClientSettings).stock_function))
