"""The number of connections that one function environment opens to each store."""

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
from gorder.stock.adapters.redis_queue import RedisQueue
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stores.conftest import SecuredStore
from tests.integration.stores.connection_proxy import ConnectionProxy

pytestmark = pytest.mark.servers

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def idle_proxy(store: SecuredStore) -> ConnectionProxy:
    """Wait until the store's proxy has no connection, reset its peak and return it."""
    deadline = time.monotonic() + 60
    while store.proxy.open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert store.proxy.open == 0
    store.proxy.peak = 0
    return store.proxy


def test_mysql_connections_stay_within_the_limit(mysql: SecuredStore) -> None:
    proxy = idle_proxy(mysql)
    with closing(MysqlStockStore(lambda: connect_mysql(mysql.url))) as stock:
        for _ in range(3):
            stock.run(lambda transaction: transaction.all_items())
            proxy.cut()
        stock.run(lambda transaction: transaction.all_items())

    assert proxy.peak == MYSQL_CONNECTIONS


def test_redis_connections_stay_within_the_limit(redis: SecuredStore) -> None:
    proxy = idle_proxy(redis)
    queue = RedisQueue(lambda: redis_client(redis.url), MemoryTelemetry())
    with closing(queue):
        for _ in range(3):
            queue.reserve("soup", [], lambda _: queue.reserve("bread", [], lambda _: []) or [])
            proxy.cut()
        queue.reserve("soup", [], lambda _: [])

    assert proxy.peak == REDIS_CONNECTIONS


def test_mongo_connections_stay_within_the_limit(mongo: SecuredStore) -> None:
    """Eight threads show whether the driver would open more connections."""
    proxy = idle_proxy(mongo)
    orders = MongoOrders(lambda: mongo_client(mongo.url).get_default_database()[COLLECTION])
    with (
        closing(orders),
        ThreadPoolExecutor(8) as threads,
    ):
        orders.overdue(NOW, 1)
        found = threads.map(partial(orders.overdue, NOW), range(1, 100))
        assert list(found) == [[]] * 99

    assert proxy.peak == MONGO_CONNECTIONS
