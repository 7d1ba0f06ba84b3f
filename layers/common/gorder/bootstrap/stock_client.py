"""The client of the stock function, shared by the functions that call it."""

from gorder.bootstrap.settings import StockClientSettings, load
from gorder.clients.aws import lambda_client
from gorder.order.adapters.lambda_stock import LambdaStock


def stock_client() -> LambdaStock:
    """Return the client of the stock function."""
    return LambdaStock(lambda_client(), load(StockClientSettings).stock_function)
