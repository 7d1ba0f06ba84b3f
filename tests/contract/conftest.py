"""Running Stripe stand-ins, and stores of stock."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import StockStore
from tests.contract.standin_client import StandinClient, running_standin
from tests.fakes.stock import MemoryStockStore


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
