"""A migrated database for the tests of the stock service on real servers."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from redis import Redis

from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from tests.integration.stock.house import House


@pytest.fixture
def house(mysql_url: str) -> Iterator[House]:
    """The shop's books."""
    house = House(mysql_url)
    yield house
    house.close()


@pytest.fixture
def store(house: House) -> Iterator[MysqlStockStore]:
    """The store under test, on a connection of its own."""
    store = MysqlStockStore(house.connect)
    yield store
    store.close()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """An empty Redis, with the timeouts of the real thing."""
    client = redis_client(redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def stores(house: House) -> Iterator[Callable[..., MysqlStockStore]]:
    """More stores, closed at the end."""
    made: list[MysqlStockStore] = []

    def make(url: str | None = None, **options: float) -> MysqlStockStore:
        made.append(MysqlStockStore(partial(connect_mysql, url or house.url), **options))
        return made[-1]

    yield make
    for store in made:
        store.close()
