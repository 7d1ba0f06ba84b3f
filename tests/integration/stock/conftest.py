"""A migrated database for the tests of the stock service on real servers."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from redis import Redis

from devstack import tools
from devstack.state import Directory, State
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.administered_server import AdministeredMariaDB
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import ProductQueue, new_queue

type Execute = Callable[[str], list[tuple[Any, ...]]]


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


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdministeredMariaDB]:
    """A server whose global settings a test may change."""
    tools.ensure([], mariadb=True)
    directory, state = Directory(tmp_path_factory.mktemp("administered")), State()
    directory.make()
    state.choose_port("mariadb")
    server = AdministeredMariaDB(directory, state)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def administered(server: AdministeredMariaDB) -> Iterator[StockDatabase]:
    """The database of that server."""
    database = StockDatabase(server.url("gorder"))
    yield database
    database.close()


@pytest.fixture
def execute(server: AdministeredMariaDB) -> Iterator[Execute]:
    """Run a statement as the administrator of that server."""
    with connect_mysql(server.url("root")) as connection, connection.cursor() as cursor:

        def execute(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement)
            return list(cursor.fetchall())

        yield execute
