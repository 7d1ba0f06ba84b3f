"""The statements of a connection do not make RDS Proxy pin it, as MySQL has recorded them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.runtime.errors import MissingSettingError
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Client, ClientLimits
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler
from tests.fakes.clock import NOON
from tests.fakes.products import product
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.stock_ledger import full_audit
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.conftest import Execute
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.rds_proxy import pinning_by

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


@contextmanager
def recording(execute: Execute) -> Iterator[list[str]]:
    """Record the commands of the connections that are opened in the block."""
    statements: list[str] = []
    execute("SET GLOBAL log_output = 'TABLE'")
    execute("TRUNCATE mysql.general_log")
    execute("SET GLOBAL general_log = 1")
    try:
        yield statements
    finally:
        execute("SET GLOBAL general_log = 0")
    rows = execute(
        "SELECT CONCAT(command_type, ' ', argument) FROM mysql.general_log WHERE thread_id IN"
        " (SELECT thread_id FROM mysql.general_log WHERE command_type = 'Connect')"
        " AND command_type <> 'Connect' ORDER BY event_time"
    )
    statements += [row[0] for row in rows]


def hold(*product_ids: str, units: int = 1) -> Hold:
    return Hold(uuid4().hex, dict.fromkeys(product_ids, units), EXPIRES)


def use_everything(store: MysqlStockStore, soup: str, bread: str) -> None:
    """Reserve in each way, confirm, release, list the menu, and do the work of the other functions.

    Args:
        store: the store under test.
        soup: a product with 200 units.
        bread: a product with 200 units.
    """
    reserve = ReserveStockHandler(store=store, queue=MemoryQueue())
    lone, several = hold(soup), hold(soup, bread)
    reserve(ReserveStock([lone]))
    reserve(ReserveStock([several]))
    reserve(ReserveStock([hold(soup) for _ in range(64)]))  # as a batch of several orders
    store.try_hold([hold(soup), hold(soup)], wait=True)  # as a leader
    store.try_hold([hold(soup), hold(bread)], wait=True)
    reserve(ReserveStock([hold(soup), hold(soup, units=1000)]))  # the general transaction
    reserve(ReserveStock([Hold(lone.order_id, lone.quantities, EXPIRES.replace(year=2027))]))
    ConfirmReservationHandler(store=store)(ConfirmReservation(lone.order_id))
    ReleaseReservationHandler(store=store)(ReleaseReservation(several.order_id))
    client = Client(uuid4().hex, uuid4().hex)
    store.claim(client, hold(soup), ClientLimits(3, 10, 50))
    store.withdraw(client, "refused")
    store.largest_holds(10)
    store.forget(timedelta(days=2))
    ListMenuHandler(store=store, telemetry=MemoryTelemetry())(ListMenu())
    store.run(lambda stock: stock.overdue(NOON, 50))
    full_audit(store)
    store.run(lambda stock: stock.receipts("receipt"))
    store.run(lambda stock: stock.receive(uuid4().hex, soup, 1))
    store.run(lambda stock: stock.lock_catalogue())
    store.run(lambda stock: stock.save_products([product()]))


def test_a_connection_is_not_pinned(administered: StockDatabase, execute: Execute) -> None:
    soup, bread = administered.stocked(200), administered.stocked(200)
    store = MysqlStockStore(partial(connect_mysql, administered.url))

    with recording(execute) as commands:
        use_everything(store, soup, bread)
        store.close()

    kinds = {command.partition(" ")[0] for command in commands}
    assert kinds <= {"Query", "Quit"}, "prepared statements pin"
    statements = [command.partition(" ")[2] for command in commands]
    assert {s.split("(")[0] for s in statements if s.startswith("CALL")} == {
        "CALL claim_units",
        "CALL try_hold",
        "CALL try_hold_line",
        "CALL try_hold_product",
        "CALL try_settle",
        "CALL withdraw_claim",
    }
    assert [(s, why) for s in statements if (why := pinning_by(s))] == []


def test_a_procedure_leaves_no_state_behind(administered: StockDatabase) -> None:
    """The proxy does not look into procedures, and gives the connection to others afterwards."""
    found = administered.rows(
        "SELECT routine_name, routine_definition FROM information_schema.routines"
        " WHERE routine_schema = DATABASE()"
    )
    assert len(found) >= 4
    for name, body in found:
        reasons = pinning_by(body)
        assert {*reasons} <= {"the outcome of an earlier statement"}, name


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SET SESSION innodb_lock_wait_timeout = 1", "the variable innodb_lock_wait_timeout"),
        ("SET sql_mode = 'A,B', lock_wait_timeout=1", "the variable lock_wait_timeout"),
        ("SET @@session.max_execution_time = 1", "the variable max_execution_time"),
        ("SET @a = 1", "a user variable"),
        ("SELECT @a := 1", "a user variable"),
        ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "a setting of the next transaction"),
        ("SELECT GET_LOCK('a', 1)", "a named lock"),
        ("LOCK TABLES stock WRITE", "a lock of tables"),
        ("CREATE TEMPORARY TABLE a (b INT)", "a temporary table"),
        ("SELECT ROW_COUNT()", "the outcome of an earlier statement"),
        ("SELECT FOUND_ROWS()", "the outcome of an earlier statement"),
        ("PREPARE a FROM 'SELECT 1'", "a prepared statement"),
        ("SELECT /*! 1 */", "an executable comment"),
        (f"SELECT '{'x' * 16384}'", "more than 16 KB"),
    ],
)
def test_a_statement_that_pins_is_found(statement: str, reason: str) -> None:
    assert pinning_by(statement) == [reason]


@pytest.mark.parametrize(
    "statement",
    [
        "SET NAMES utf8mb4",
        "SET AUTOCOMMIT = 0",
        "SET SESSION sql_mode = 'A,B', time_zone = '+00:00', autocommit = 0",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SELECT @@SESSION.innodb_lock_wait_timeout",
        "CALL try_hold_line('@a', 'GET_LOCK(', 1, '2026', 0)",
    ],
)
def test_a_statement_that_does_not_pin_is_accepted(statement: str) -> None:
    assert pinning_by(statement) == []


def test_a_server_with_long_lock_waits_is_refused(
    administered: StockDatabase, execute: Execute
) -> None:
    execute("SET GLOBAL innodb_lock_wait_timeout = 50")
    try:
        with pytest.raises(MissingSettingError, match=r"innodb_lock_wait_timeout is 50 .* to 1"):
            connect_mysql(administered.url)
    finally:
        execute("SET GLOBAL innodb_lock_wait_timeout = 1")

    connect_mysql(administered.url).close()
