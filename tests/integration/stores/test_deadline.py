"""A store's commands are refused near the function's deadline, and sent in the next invocation."""

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.runtime.deadline import ANSWER_SECONDS, deadline
from gorder.runtime.limits import MONGO, MYSQL
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import StockStoreUnavailableError
from tests.fakes.clock import NOON

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

    from gorder.order.adapters.mongo_documents import Document

pytestmark = pytest.mark.servers


def test_mysql_is_sent_no_statement_that_may_end_too_late(mysql_url: str) -> None:
    with closing(MysqlStockStore(lambda: connect_mysql(mysql_url))) as store:
        store.run(lambda _: None)
        with (
            deadline(ANSWER_SECONDS + MYSQL.answer_seconds - 0.1),
            pytest.raises(StockStoreUnavailableError, match="not sent"),
        ):
            store.run(lambda stock: stock.overdue(NOON, 1))

        store.run(lambda _: None)


def test_a_commit_that_may_end_too_late_leaves_no_row(mysql_url: str) -> None:
    connections: list[Connection[Cursor]] = []

    def connect() -> "Connection[Cursor]":
        connections.append(connect_mysql(mysql_url))
        return connections[-1]

    def execute(sql: str) -> int:
        with connections[-1].cursor() as cursor:
            return cursor.execute(sql)

    with closing(MysqlStockStore(connect)) as store:
        store.run(lambda _: execute("CREATE TABLE numbers (number INT PRIMARY KEY)"))
        with ExitStack() as late:

            def insert(_: object) -> None:
                execute("INSERT INTO numbers VALUES (1)")
                late.enter_context(deadline(ANSWER_SECONDS + MYSQL.answer_seconds - 0.1))

            with pytest.raises(StockStoreUnavailableError, match="not sent"):
                store.run(insert)

        assert not connections[0].open
        assert store.run(lambda _: execute("SELECT number FROM numbers")) == 0
        assert len(connections) == 2


def test_mysql_is_sent_no_commit_that_may_end_too_late(mysql_url: str) -> None:
    with connect_mysql(mysql_url) as connection:
        with deadline(0), pytest.raises(Exception, match="not sent"):
            connection.commit()

        connection.rollback()
        connection.commit()


def test_documentdb_is_sent_no_command_that_may_end_too_late(mongo_url: str) -> None:
    def connect() -> "Collection[Document]":
        return mongo_client(mongo_url).get_default_database()[COLLECTION]

    with closing(MongoOrders(connect)) as orders:
        assert orders.overdue(NOON, 1) == []
        with (
            deadline(ANSWER_SECONDS + MONGO.attempt_seconds - 0.1),
            pytest.raises(OrderStoreUnavailableError),
        ):
            orders.overdue(NOON, 1)

        assert orders.overdue(NOON, 1) == []
