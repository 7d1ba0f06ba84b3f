"""Open the stock database for the functions that use it."""

from functools import cache

from gorder.bootstrap.settings import MysqlSettings, load
from gorder.clients.mysql import connect_mysql
from gorder.clients.store_url import store_url
from gorder.runtime.limits import IDLE_SECONDS, MYSQL
from gorder.stock.adapters.mysql_stock import MysqlStockStore


@cache
def mysql_store(statement_seconds: float = MYSQL.answer_seconds) -> MysqlStockStore:
    """Return the store. It keeps its connection for the life of the execution environment."""
    settings = load(MysqlSettings)
    return MysqlStockStore(
        lambda: connect_mysql(
            store_url(settings.mysql_secret, settings.mysql_address),
            read_timeout_seconds=statement_seconds,
        ),
        idle_seconds=IDLE_SECONDS,
    )
