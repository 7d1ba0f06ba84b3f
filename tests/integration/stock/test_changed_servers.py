"""The stock store when its server changes under the kept connection.

A trigger makes the server answer with an error number, on the store's first connection only.
"""

from collections.abc import Callable, Iterator
from functools import partial
from uuid import uuid4

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import StockStoreError, StockStoreUnavailableError
from tests.integration.stock.administered_server import AdministeredMariaDB
from tests.integration.stock.conftest import Execute
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_lost_connections import connection_of, reserve

pytestmark = pytest.mark.servers

LOST = (
    *(1036, 1290, 1792, 1836, 1874),  # read-only
    *(1053, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3032, 3168, 3169, 4031, 9501),
)
BUSY = (1021, 1037, 1038, 1040, 1041, 1114, 1129, 1135, 1203, 1206, 1226, 1317, 1637, 1969, 3024)

type Fail = Callable[[int], None]


@pytest.fixture
def fail(database: StockDatabase, store: MysqlStockStore) -> Iterator[Fail]:
    """Make the server refuse the writes of the store's present connection with an error number."""
    reserve(store, uuid4().hex, database.stocked(1), 1)
    connection = connection_of(database)

    def fail(number: int) -> None:
        database.rows(
            "CREATE TRIGGER changed BEFORE INSERT ON stock_movements FOR EACH ROW"
            f" IF CONNECTION_ID() = {connection} THEN"
            f" SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}; END IF"
        )

    yield fail
    database.rows("DROP TRIGGER changed")


@pytest.mark.parametrize("number", LOST)
def test_the_connection_is_replaced_and_the_request_served(
    database: StockDatabase, store: MysqlStockStore, fail: Fail, number: int
) -> None:
    soup, order_id = database.stocked(5), uuid4().hex
    fail(number)

    assert reserve(store, order_id, soup, 1) == "reserved"

    assert database.level(soup) == (5, 1)
    assert database.unbalanced() == []


@pytest.mark.parametrize("number", BUSY)
def test_a_server_without_room_is_transient_and_the_connection_dropped(
    database: StockDatabase, store: MysqlStockStore, fail: Fail, number: int
) -> None:
    soup, order_id = database.stocked(5), uuid4().hex
    fail(number)

    with pytest.raises(StockStoreUnavailableError, match=str(number)):
        reserve(store, order_id, soup, 1)

    assert database.movements(order_id) == []
    assert reserve(store, order_id, soup, 1) == "reserved"


@pytest.mark.parametrize("number", [1146, 1644, 4025])
def test_another_error_is_a_defect(
    database: StockDatabase, store: MysqlStockStore, fail: Fail, number: int
) -> None:
    fail(number)

    with pytest.raises(StockStoreError, match=f"{number}.*migrations"):
        reserve(store, uuid4().hex, database.stocked(5), 1)


@pytest.fixture
def administrator(execute: Execute) -> Iterator[Execute]:
    """Run a statement as the administrator. Read-only modes end with the test."""
    yield execute
    for variable in ("read_only", "tx_read_only"):
        execute(f"SET GLOBAL {variable} = 0")


@pytest.fixture
def warm_store(administered: StockDatabase) -> Iterator[MysqlStockStore]:
    """A store with an open connection."""
    store = MysqlStockStore(partial(connect_mysql, administered.url))
    store.run(lambda stock: stock.all_items())
    yield store
    store.close()


def test_a_demoted_server_is_unavailable_until_there_is_a_primary(
    administered: StockDatabase, warm_store: MysqlStockStore, administrator: Execute
) -> None:
    soup, order_id = administered.stocked(5), uuid4().hex
    administrator("SET GLOBAL read_only = 1")
    for _ in range(2):
        with pytest.raises(StockStoreUnavailableError, match="1290"):
            reserve(warm_store, order_id, soup, 1)
    administrator("SET GLOBAL read_only = 0")

    assert reserve(warm_store, order_id, soup, 1) == "reserved"
    assert administered.level(soup) == (5, 1)


def test_a_session_that_began_on_a_replica_is_replaced(
    administered: StockDatabase, warm_store: MysqlStockStore, administrator: Execute
) -> None:
    """The server was promoted since then, but the session stays read-only."""
    soup = administered.stocked(5)
    administrator("SET GLOBAL tx_read_only = 1")
    warm_store.close()
    warm_store.run(lambda stock: stock.all_items())
    with pytest.raises(StockStoreUnavailableError, match="1792"):
        reserve(warm_store, uuid4().hex, soup, 1)
    warm_store.run(lambda stock: stock.all_items())
    administrator("SET GLOBAL tx_read_only = 0")

    assert reserve(warm_store, uuid4().hex, soup, 1) == "reserved"


@pytest.mark.parametrize("database_name", ["gorder_none", "mysql"])
def test_a_login_that_a_person_must_correct_is_a_defect(
    server: AdministeredMariaDB, database_name: str
) -> None:
    url = server.url("gorder").removesuffix("gorder") + database_name
    store = MysqlStockStore(partial(connect_mysql, url))

    with pytest.raises(StockStoreError, match=r"104[49]") as caught:
        store.run(lambda stock: stock.all_items())
    assert "migrations" not in str(caught.value)
