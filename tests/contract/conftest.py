"""Running Stripe stand-ins, and stores of stock and of orders."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from gorder.clients.mysql import connect_mysql
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import StockStore
from tests.contract.documentdb import DocumentDBGuard
from tests.contract.standin_client import StandinClient, running_standin
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock import MemoryStockStore

type Store = MemoryOrders | MongoOrders
BOTH = ["memory", pytest.param("mongo", marks=pytest.mark.servers)]


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandinClient]:
    """A stand-in without data."""
    with running_standin(tmp_path / "stripe.db") as running:
        yield running


@pytest.fixture(scope="module")
def module_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinClient]:
    """A stand-in that the tests of a module share."""
    with running_standin(tmp_path_factory.mktemp("stripe") / "stripe.db") as running:
        yield running


@pytest.fixture(scope="module", params=["memory", pytest.param("mysql", marks=pytest.mark.servers)])
def stock_store(request: pytest.FixtureRequest) -> Iterator[StockStore]:
    """The fake, and the MySQL adapter on an empty database. The tests of a module share it."""
    if request.param == "memory":
        yield MemoryStockStore()
        return
    connect = partial(connect_mysql, request.getfixturevalue("mysql_url"))
    mysql_migrations.migrate(connect, mysql_migrations.migrations())
    store = MysqlStockStore(connect, budget_seconds=0.3)
    yield store
    store.close()


@pytest.fixture(scope="module")
def guard() -> DocumentDBGuard:
    """Checks every command of this module."""
    return DocumentDBGuard()


@pytest.fixture(scope="module")
def database(mongo_url: str, guard: DocumentDBGuard) -> Iterator[Database[Document]]:
    """A database with its indexes, whose commands the guard checks."""
    client: MongoClient[Document] = MongoClient(
        mongo_url, retryWrites=False, tz_aware=True, event_listeners=[guard]
    )
    with client:
        database = client.get_default_database()
        ensure_indexes(database)
        yield database


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryOrders()
    database: Database[Document] = request.getfixturevalue("database")
    return MongoOrders(lambda: database[COLLECTION])
