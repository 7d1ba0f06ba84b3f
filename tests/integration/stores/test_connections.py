"""How many connections one environment really has, with everything that can add to them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.runtime.limits import MONGO_CONNECTIONS, MYSQL_CONNECTIONS, REDIS_CONNECTIONS
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stores.conftest import Store
from tests.integration.stores.relay import Relay

pytestmark = pytest.mark.servers

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def counted(store: Store) -> Relay:
    """The store's relay, when nobody is on it any more."""
    deadline = time.monotonic() + 5
    while store.relay.open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert store.relay.open == 0
    store.relay.peak = 0
    return store.relay


def test_mysql(mysql: Store) -> None:
    relay = counted(mysql)
    with closing(MysqlStockStore(lambda: connect_mysql(mysql.url))) as stock:
        for _ in range(3):
            stock.run(lambda transaction: transaction.every_item())
            relay.cut()
        stock.run(lambda transaction: transaction.every_item())

    assert relay.peak == MYSQL_CONNECTIONS


def test_redis(redis: Store) -> None:
    relay = counted(redis)
    lock = RedisStockLock(lambda: redis_client(redis.url), MemoryTelemetry())
    with closing(lock):
        for _ in range(3):
            with lock.held(["soup"]), lock.held(["bread"]):
                pass
            relay.cut()
        with lock.held(["soup"]):
            pass

    assert relay.peak == REDIS_CONNECTIONS


def test_mongo(mongo: Store) -> None:
    """Eight threads, to find what the driver would open if it could."""
    relay = counted(mongo)
    orders = MongoOrders(lambda: mongo_client(mongo.url).get_default_database()[COLLECTION])
    with (
        closing(orders),
        ThreadPoolExecutor(8) as threads,
    ):
        orders.overdue(NOW, 1)
        found = threads.map(partial(orders.overdue, NOW), range(1, 100))
        assert list(found) == [[]] * 99

    assert relay.peak == MONGO_CONNECTIONS
