"""A migrated database for the tests of the stock service on real servers."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from redis import Redis

from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import ProductQueue, new_queue


@pytest.fixture
def database(mysql_url: str) -> Iterator[StockDatabase]:
    database = StockDatabase(mysql_url)
    yield database
    database.close()


@pytest.fixture
def store(database: StockDatabase) -> Iterator[MysqlStockStore]:
    """The store under test, with its own connection."""
    store = MysqlStockStore(database.connect)
    yield store
    store.close()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """An empty Redis, with the timeouts of production. Other tests use the server afterwards."""
    client = redis_client(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def stores(database: StockDatabase) -> Iterator[Callable[..., MysqlStockStore]]:
    """Make more stores; close them at the end."""
    made: list[MysqlStockStore] = []

    def make(url: str | None = None, **options: float) -> MysqlStockStore:
        made.append(MysqlStockStore(partial(connect_mysql, url or database.url), **options))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def telemetry() -> MemoryTelemetry:
    return MemoryTelemetry()


@pytest.fixture
def queue(redis_url: str, telemetry: MemoryTelemetry) -> Iterator[RedisQueue]:
    queue = new_queue(redis_url, telemetry)
    yield queue
    queue.close()


@pytest.fixture
def soup(redis: Redis) -> ProductQueue:
    return ProductQueue(redis)
