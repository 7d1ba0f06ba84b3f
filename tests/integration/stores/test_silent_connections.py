"""A connection that was lost while the execution environment was frozen.

No data arrives on it any more, and neither side has noticed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pymongo import monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from redis import Redis

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.model import Order
from gorder.runtime.deadline import ANSWER_SECONDS, deadline
from gorder.runtime.limits import MONGO, MYSQL
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_connection import RedisConnection
from tests.fakes.clock import NOON
from tests.fakes.examples import CREATED, PAGE_URL, SESSION_ID, pending
from tests.integration.stores.connection_proxy import ConnectionProxy, connection_proxy

pytestmark = pytest.mark.servers

type Silence = Callable[[], None]


class CommandsWithoutAnswer(CommandListener):
    """Collects the names of commands that failed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        """Do nothing."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Do nothing."""

    def failed(self, event: CommandFailedEvent) -> None:
        self.names.append(event.command_name)


LOST = CommandsWithoutAnswer()
monitoring.register(LOST)


@pytest.fixture
def proxy(mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionProxy]:
    """A proxy of the order database. A lost answer is waited for half a second."""
    monkeypatch.setattr("gorder.clients.mongo.MONGO", replace(MONGO, answer_seconds=0.5))
    parts = urlsplit(mongo_url)
    assert parts.hostname
    assert parts.port
    with connection_proxy((parts.hostname, parts.port)) as proxy:
        yield proxy


@pytest.fixture
def orders(proxy: ConnectionProxy, mongo_url: str) -> Iterator[MongoOrders]:
    """The store under test, with an open connection through the proxy."""
    parts = urlsplit(mongo_url)
    credentials = parts.netloc.rpartition("@")[0]
    url = parts._replace(
        netloc=f"{credentials}@127.0.0.1:{proxy.port}",
        query=f"{parts.query}&tls=false&directConnection=true",  # not to the set's own address
    ).geturl()
    connect = lambda: mongo_client(url).get_default_database()[COLLECTION]  # noqa: E731
    with closing(MongoOrders(connect)) as orders:
        orders.overdue(NOON, 1)
        LOST.names.clear()
        yield orders


@pytest.fixture
def others(mongo_url: str) -> Iterator[MongoOrders]:
    """The store of another process."""
    connect = lambda: mongo_client(mongo_url).get_default_database()[COLLECTION]  # noqa: E731
    with closing(MongoOrders(connect)) as orders:
        yield orders


@pytest.fixture(params=["command", "answer"])
def lose(request: pytest.FixtureRequest, proxy: ConnectionProxy) -> Silence:
    """Lose the next command, or only its answer."""
    return lambda: proxy.silence(commands=request.param == "command")


def new_order() -> Order:
    """Return an order with a time that the database shortens to milliseconds."""
    return pending(uuid4().hex).retry_checkout(1, NOON + timedelta(microseconds=1234))


def test_an_order_is_added(orders: MongoOrders, others: MongoOrders, lose: Silence) -> None:
    order = new_order()
    lose()

    assert orders.add(order)

    assert others.get(order.order_id).lines == order.lines
    assert LOST.names == ["insert"]


def test_an_order_of_another_request_is_not_taken_for_the_own(
    orders: MongoOrders, others: MongoOrders, lose: Silence
) -> None:
    order = new_order()
    others.add(replace(order, trace_id="another"))
    lose()

    assert not orders.add(order)

    assert others.get(order.order_id).trace_id == "another"
    assert LOST.names == ["insert"]


def test_an_order_is_replaced(orders: MongoOrders, others: MongoOrders, lose: Silence) -> None:
    order = new_order()
    orders.add(order)
    after = order.await_payment(SESSION_ID, PAGE_URL, NOON)
    lose()

    assert orders.replace(order, after)

    assert others.get(order.order_id).version == after.version
    assert LOST.names == ["update"]


def test_a_change_of_another_request_is_not_taken_for_the_own(
    orders: MongoOrders, others: MongoOrders, lose: Silence
) -> None:
    order = new_order()
    orders.add(order)
    others.replace(order, order.await_payment("cs_other", PAGE_URL, NOON))
    lose()

    assert not orders.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))

    assert others.get(order.order_id).checkout.session_id == "cs_other"


def test_a_missing_order_is_not_replaced(orders: MongoOrders, lose: Silence) -> None:
    order = new_order()
    lose()

    assert not orders.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))


def test_events_are_acknowledged(orders: MongoOrders, others: MongoOrders, lose: Silence) -> None:
    order = new_order()
    orders.add(order)
    lose()

    orders.acknowledge(order.order_id, [CREATED.event_id])

    assert others.get(order.order_id).outbox == ()
    assert LOST.names == ["update"]


def test_an_order_is_read(orders: MongoOrders, lose: Silence) -> None:
    order = new_order()
    orders.add(order)
    lose()

    assert orders.get(order.order_id).lines == order.lines


def test_a_connection_is_not_used_after_a_long_pause(
    proxy: ConnectionProxy, orders: MongoOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gorder.clients.mongo.IDLE_SECONDS", 0.1)
    orders.close()
    orders.overdue(NOON, 1)
    proxy.silence()
    time.sleep(0.2)

    assert orders.add(new_order())

    assert LOST.names == []


def test_a_connection_to_mysql_is_not_used_after_a_long_pause(mysql_url: str) -> None:
    """There is not enough time to wait for an answer and then connect again."""
    parts = urlsplit(mysql_url)
    assert parts.hostname
    assert parts.port
    with connection_proxy((parts.hostname, parts.port)) as proxy:
        url = mysql_url.replace(f":{parts.port}/", f":{proxy.port}/")
        with closing(MysqlStockStore(partial(connect_mysql, url), idle_seconds=0.1)) as store:
            store.run(lambda _: None)
            proxy.silence()
            time.sleep(0.2)
            with deadline(ANSWER_SECONDS + MYSQL.attempt_seconds + 1):
                store.run(lambda _: None)


def test_a_connection_to_redis_is_not_used_after_a_long_pause(redis_url: str) -> None:
    parts = urlsplit(redis_url)
    assert parts.hostname
    assert parts.port
    with connection_proxy((parts.hostname, parts.port)) as proxy:
        url = redis_url.replace(f":{parts.port}", f":{proxy.port}")
        clients: list[Redis] = []

        def connect() -> Redis:
            clients.append(redis_client(url))
            return clients[-1]

        with closing(RedisConnection(connect, idle_seconds=0.1)) as connection:
            assert connection.send(("PING",)) == [b"PONG"]
            proxy.silence()
            time.sleep(0.2)
            assert connection.send(("PING",)) == [b"PONG"]
    assert len(clients) == 2
    assert proxy.lost == 0
