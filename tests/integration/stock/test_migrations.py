"""Migrations on a real server: repeated, concurrent, half applied, changed."""

import threading
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pymysql
import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters.mysql_migrations import Migration, migrate, migrations
from gorder.stock.ports import MigrationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

pytestmark = pytest.mark.servers

OF_THE_FIRST = {
    *("catalogue", "products", "reservations", "schema_migrations", "stock", "stock_movements")
}
TABLES = OF_THE_FIRST | {
    "archived_movements",
    *("claims", "client_addresses", "pauses"),
    *("stock_audit", "stock_checkpoints", "suspect_orders", "stock_repairs"),
}


@pytest.fixture
def connect(mysql_url: str) -> "Callable[[], Connection[Cursor]]":
    """Connections to an empty database."""
    connect = partial(connect_mysql, mysql_url)
    with connect() as connection, connection.cursor() as cursor:
        for table in tables(connect):
            cursor.execute(f"DROP TABLE {table}")
    return connect


def tables(connect: "Callable[[], Connection[Cursor]]") -> set[str]:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        return {row[0] for row in cursor.fetchall()}


def test_a_second_run_applies_nothing(connect: "Callable[[], Connection[Cursor]]") -> None:
    wanted = migrations()
    assert migrate(connect, wanted) == [migration.name for migration in wanted]
    assert migrate(connect, wanted) == []
    assert tables(connect) == TABLES


def test_one_of_several_concurrent_runs_applies(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    slow = Migration("0000_slow.sql", "SELECT SLEEP(0.5);\n")  # so that the runs overlap
    wanted = [slow, *migrations()]
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrate(connect, wanted))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    names = [migration.name for migration in wanted]
    assert sorted(applied, key=len) == [[], [], [], names]


def test_a_half_applied_migration_is_finished_by_the_next_run(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    (first, *_) = migrations()
    broken = Migration(first.name, first.sql + "\nSELECT * FROM nowhere;\n")
    with pytest.raises(MigrationError, match=r"nowhere.*run migrate again"):
        migrate(connect, [broken])
    assert tables(connect) >= OF_THE_FIRST
    assert migrate(connect, [first]) == [first.name]
    assert migrate(connect, [first]) == []


def test_an_applied_migration_that_was_changed_is_refused(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    migrate(connect, migrations())
    (first, *_) = migrations()
    changed = Migration(first.name, first.sql + "\n-- one more comment\n")
    with pytest.raises(MigrationError, match="a new migration"):
        migrate(connect, [changed])


def test_a_new_migration_is_applied_after_the_others(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    migrate(connect, migrations())
    table = f"t{uuid4().hex}"
    new = Migration("9999_new.sql", f"CREATE TABLE IF NOT EXISTS {table} (x INT);\n")
    assert migrate(connect, [*migrations(), new]) == ["9999_new.sql"]
    assert table in tables(connect)


def test_a_failed_run_releases_the_lock(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    with pytest.raises(MigrationError):
        migrate(connect, [Migration("0001_bad.sql", "NONSENSE;\n")])
    assert migrate(connect, migrations())


def test_an_unreachable_server_is_named_in_the_error() -> None:
    nowhere = partial(connect_mysql, "mysql://user:x@127.0.0.1:1/gorder")
    with pytest.raises(MigrationError, match="Can't connect"):
        migrate(nowhere, migrations())


def test_every_migration_can_be_applied_again(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    """A run that ends before it records a migration leaves that migration applied."""
    names = migrate(connect, migrations())
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM schema_migrations")
        connection.commit()
    assert migrate(connect, migrations()) == names


@pytest.mark.parametrize("change", ["state = 'exchanged'", "quantity = 0"])
def test_an_unknown_state_or_no_quantity_is_refused(
    connect: "Callable[[], Connection[Cursor]]", change: str
) -> None:
    migrate(connect, migrations())
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"
            " price_id, unit_amount, currency)"
            " VALUES ('o', 'soup', 1, 'wasted', NOW(), 'Soup', 'price', 1, 'eur')"
        )
        with pytest.raises(pymysql.MySQLError, match="reservations_"):
            cursor.execute(f"UPDATE reservations SET {change}")  # noqa: S608 - a constant of this test


def test_movements_of_staff_fit_into_a_ledger_of_the_release_before(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    before = [m for m in migrations() if m.version < "0009"]
    migrate(connect, before)
    insert = (
        "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
        " VALUES ('soup', %s, %s, %s)"
    )
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(insert, ["received", "r1", 5])
        with pytest.raises(pymysql.MySQLError, match="stock_movements_known_kind"):
            cursor.execute(insert, ["discarded", "e1", 1])
        connection.commit()

    migrate(connect, migrations())

    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT reason, counted FROM stock_movements")
        assert cursor.fetchall() == ((None, None),)
        for kind in ("discarded", "restocked", "counted_up", "counted_down", "wasted"):
            cursor.execute(insert, [kind, "e1", 1])
        cursor.execute(insert, ["counted_up", "e2", 0])
        for kind, quantity in (("counted_down", 0), ("received", 0), ("discarded", -1)):
            with pytest.raises(pymysql.MySQLError, match="stock_movements_units"):
                cursor.execute(insert, [kind, "e3", quantity])
        with pytest.raises(pymysql.MySQLError, match="stock_movements_known_kind"):
            cursor.execute(insert, ["exchanged", "e4", 1])


def test_a_migration_that_ended_between_two_constraints_is_finished(
    connect: "Callable[[], Connection[Cursor]]",
) -> None:
    migrate(connect, [m for m in migrations() if m.version < "0009"])
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_known_kind")

    assert "0009_staff_movements.sql" in migrate(connect, migrations())

    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.table_constraints"
            " WHERE table_schema = DATABASE() AND constraint_name IN"
            " ('stock_movements_known_kind', 'stock_movements_units')"
        )
        assert cursor.fetchone() == (2,)
