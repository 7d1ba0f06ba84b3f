"""Databases for the sample events alone."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import stripe

from gorder.bootstrap.migrate import index_mongo, migrate_mysql
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.model import Order
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import Product
from gorder.stock.ports import StockTransaction
from tests.fakes.examples import ORDER_ID, STACK

UNITS = 10
TABLES = ("products", "stock", "reservations", "stock_movements", "claims", "client_addresses")


class SampleStores:
    """Stores with ten units of soup and of bread, at Stripe's prices, and at most one order."""

    def __init__(self, mysql_url: str, mongo_url: str, products: Mapping[str, Product]) -> None:
        migrate_mysql(mysql_url)
        index_mongo(mongo_url)
        self._products = products
        self._connect = partial(connect_mysql, mysql_url)
        self._stock = MysqlStockStore(self._connect)
        self._client = mongo_client(mongo_url)
        self._documents = self._client.get_default_database()[COLLECTION]
        self._orders = MongoOrders(lambda: self._documents)

    def reset(self, order: Order | None) -> None:
        """Delete everything, receive the units and save the order."""
        self._documents.delete_many({})
        with self._connect() as connection, connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - the constants above
            connection.commit()
        self._stock.run(lambda stock: stock.save_products(list(self._products.values())))
        for product_id in self._products:
            self._stock.run(partial(_receive, product_id))
        if order:
            self._orders.add(self.priced(order))

    def priced(self, order: Order) -> Order:
        """Return the order with the prices of Stripe's products."""
        prices = {name: product.price for name, product in self._products.items()}
        lines = [
            replace(line, price_id=price.price_id)
            for line in order.lines
            if (price := prices[line.product_id])
        ]
        return replace(order, lines=tuple(lines))

    def status(self) -> str:
        """Return the status of the samples' order."""
        return self._orders.get(ORDER_ID).status.value

    def close(self) -> None:
        """Close the connections."""
        self._stock.close()
        self._client.close()


def _receive(product_id: str, stock: StockTransaction) -> None:
    stock.receive("opening", product_id, UNITS)


def sample_products(environment: Mapping[str, str]) -> dict[str, Product]:
    """Read the samples' products from the stack's Stripe, without their places on the menu."""
    client = stripe.StripeClient(
        environment["STRIPE_API_KEY"], base_addresses={"api": environment["STRIPE_API_BASE"]}
    )
    source = StripeProducts(client, STACK, only_marked=False)
    found = [source.product(product_id).products[0] for product_id in ("bread", "soup")]
    return {product.product_id: replace(product, details=MenuDetails()) for product in found}
