"""The database of a setting: its procedures, its products, and its books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.hot_item.algorithms import ALGORITHMS, PROCEDURES
from benchmarks.hot_item.buyers import REFUSED, RESERVED, BuyerRecord, Run
from benchmarks.hot_item.settings import Setting
from benchmarks.hot_item.stores import Stores
from devstack.console import StackError
from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters.mysql_migrations import migrate, migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Price, Product
from gorder.stock.ports import StockTransaction

_BOOKS: Final = """
    SELECT s.held,
      (SELECT COALESCE(SUM(quantity), 0) FROM reservations r
       WHERE r.product_id = s.product_id AND r.state = 'held'),
      (SELECT COALESCE(SUM(quantity), 0) FROM stock_movements m
       WHERE m.product_id = s.product_id AND m.kind = 'reserved')
    FROM stock s WHERE s.product_id = %s
"""


def create_database(server_url: str, redis_url: str, setting: Setting) -> Stores:
    """Create the setting's database on a server without it, and return its stores.

    Each COMMIT in a stored procedure gets the setting's delay.
    """
    with connect_mysql(server_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {setting.database}")
    url = urlsplit(server_url)._replace(path=f"/{setting.database}").geturl()
    slow = [replace(each, sql=_slow_procedures(each.sql, setting)) for each in migrations()]
    migrate(lambda: connect_mysql(url), slow)
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        for procedure in PROCEDURES:
            cursor.execute(setting.slow_commits(procedure))
    return Stores(url, redis_url, setting)


def _slow_procedures(sql: str, setting: Setting) -> str:
    return setting.slow_commits(sql) if "CREATE PROCEDURE" in sql else sql


def restock(stores: Stores, units: Mapping[str, int]) -> None:
    """Empty the stock tables, then book units of products."""
    with connect_mysql(stores.mysql_url) as connection, connection.cursor() as cursor:
        for table in ("reservations", "stock_movements", "stock", "products"):
            cursor.execute(f"TRUNCATE {table}")
    store = MysqlStockStore(lambda: connect_mysql(stores.mysql_url))
    store.run(lambda stock: _receive(stock, units))
    store.close()


def _receive(stock: StockTransaction, units: Mapping[str, int]) -> None:
    price = Price("price_bench", 100, "eur")
    stock.save_products([Product(each, each, price, active=True) for each in units])
    for product_id, quantity in units.items():
        stock.receive("bench", product_id, quantity)


@dataclass(frozen=True, slots=True)
class Books:
    """The units of a product by three accounts: its row, its reservations, its movements."""

    held: int
    reserved: int
    moved: int


def books(stores: Stores, product_id: str) -> Books:
    """Read the books of a product."""
    with connect_mysql(stores.mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute(_BOOKS, [product_id])
        row: Any = cursor.fetchone()
    return Books(*map(int, row))


def check_books(run: Run, records: Sequence[BuyerRecord]) -> None:
    """Compare the books of each product of a run with the answers of its buyers.

    An attempt that ended with an error may have reserved a unit, because the error may have come
    after the commit.

    Raises:
        StackError: they differ.
    """
    for product_id in set(run.product_ids):
        answers = [
            record.answers
            for record, bought in zip(records, run.product_ids, strict=True)
            if bought == product_id
        ]
        reserved = sum(each[RESERVED] for each in answers)
        failed = sum(
            count
            for each in answers
            for outcome, count in each.items()
            if outcome not in {RESERVED, REFUSED}
        )
        kept = {
            name: getattr(books(run.stores, product_id), name)
            for name in ALGORITHMS[run.algorithm].kept
        }
        if len(set(kept.values())) > 1 or not reserved <= min(kept.values()) <= reserved + failed:
            raise StackError(
                f"{run.algorithm} ({run.stores.setting.name}) has wrong books of {product_id}: "
                f"{reserved} reservations and {failed} errors were answered, and the database has "
                f"{kept}"
            )
