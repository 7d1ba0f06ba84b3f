"""A store's commands are refused near the function's deadline, and sent in the next invocation."""

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.ports import OrderStoreUnavailableError
from gorder.runtime.deadline import ANSWER_SECONDS, deadline
from gorder.runtime.limits import MONGO, MYSQL
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import StockStoreUnavailableError
from tests.fakes.clock import NOON

if TYPE_CHECKING:
    from pymongo.collection import Collection

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
