"""Rows that the next release might write: new columns, a new reservation state, a new movement.

The migration of a release runs before its functions change (ADR 11), so this release reads them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.errors import LaterReleaseError
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.model import Price, Product, Reservation, ReservedLine
from gorder.stock.ports import StockTransaction
from gorder.stock.queries.list_movements import ListMovements, ListMovementsHandler
from tests.fakes.stock_ledger import full_audit

pytestmark = pytest.mark.servers

SOUP = Product("soup", "Soup", Price("price_700", 700, "eur"), active=True)
EXPIRES = datetime(2026, 12, 1, 12, 30, tzinfo=UTC)
TABLES = (
    *(
        "stock_movements",
        "reservations",
        "stock",
        "products",
        "catalogue",
        "claims",
        "client_addresses",
        "pauses",
    ),
    *("stock_checkpoints", "stock_audit", "suspect_orders"),
    "schema_migrations",
)
NEXT_SCHEMA = (
    "ALTER TABLE products ADD COLUMN note VARCHAR(255) NULL",
    "ALTER TABLE reservations ADD COLUMN note VARCHAR(255) NULL",
    "ALTER TABLE stock_movements ADD COLUMN note VARCHAR(255) NULL",
    "ALTER TABLE stock ADD COLUMN note VARCHAR(255) NULL",
    "ALTER TABLE reservations DROP CONSTRAINT reservations_known_state",
    "ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_known_kind",
)
NEXT_ROWS = (
    "UPDATE products SET note = 'kept'",
    "UPDATE stock SET note = 'kept', on_hand = on_hand + 3",
    "UPDATE reservations SET note = 'kept'",
    "UPDATE reservations SET state = 'exchanged' WHERE order_id = 'exchanged'",
    """
    INSERT INTO stock_movements (product_id, kind, reference, quantity, note)
    VALUES ('soup', 'exchanged', 'exchanged', 3, 'kept')
    """,
)
NOTES = (
    "SELECT note FROM products UNION ALL SELECT note FROM stock"
    " UNION ALL SELECT note FROM reservations"
)


def _reservation(order_id: str) -> Reservation:
    assert SOUP.price is not None
    return Reservation(order_id, (ReservedLine("soup", "Soup", 2, SOUP.price),), EXPIRES)


@pytest.fixture
def store(mysql_url: str) -> Iterator[MysqlStockStore]:
    """Ten soups, two held orders; then the next release's schema and rows."""
    connect = partial(connect_mysql, mysql_url)
    with connect() as connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
    mysql_migrations.migrate(connect, mysql_migrations.migrations())
    store = MysqlStockStore(connect, budget_seconds=0.3)
    store.run(lambda stock: stock.save_products([SOUP]))
    store.run(lambda stock: stock.receive("opening", "soup", 10))
    for order_id in ("held", "exchanged"):
        store.run(partial(_hold, order_id))
    with connect() as connection, connection.cursor() as cursor:
        for statement in (*NEXT_SCHEMA, *NEXT_ROWS):
            cursor.execute(statement)
        connection.commit()
    yield store
    store.close()


def _hold(order_id: str, stock: StockTransaction) -> None:
    stock.hold([_reservation(order_id)])


def test_every_write_keeps_the_columns_it_does_not_know(
    store: MysqlStockStore, mysql_url: str
) -> None:
    renamed = replace(SOUP, name="Miso soup")
    held = store.run(lambda stock: stock.reservations(["held"]))["held"]
    later = replace(held, expires_at=EXPIRES + timedelta(hours=1))

    store.run(lambda stock: stock.save_products([renamed]))
    store.run(lambda stock: stock.extend([later]))
    store.run(lambda stock: stock.settle(later.confirm()))
    store.run(lambda stock: stock.receive("second", "soup", 1))
    store.run(partial(_hold, "new"))

    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute(NOTES)
        notes = [note for (note,) in cursor.fetchall()]
    assert notes.count("kept") == len(notes) - 1  # the new reservation has none
    assert store.run(lambda stock: stock.all_items())[0].product == renamed


def test_a_reservation_of_a_new_state_is_left_alone(store: MysqlStockStore) -> None:
    confirm = ConfirmReservationHandler(store=store)
    release = ReleaseReservationHandler(store=store)

    with pytest.raises(LaterReleaseError, match="order exchanged is exchanged"):
        confirm(ConfirmReservation("exchanged"))
    with pytest.raises(LaterReleaseError, match="order exchanged is exchanged"):
        release(ReleaseReservation("exchanged"))

    assert store.run(lambda stock: stock.overdue(EXPIRES + timedelta(days=1), 10)) == ["held"]


def test_the_movements_of_an_order_are_listed_without_a_reservation_of_a_new_state(
    store: MysqlStockStore,
) -> None:
    movements = ListMovementsHandler(store=store)

    assert movements(ListMovements("exchanged")).reservation is None
    assert len(movements(ListMovements("exchanged")).movements) == 2
    assert movements(ListMovements("held")).reservation == _reservation("held")


def test_the_audit_leaves_a_product_with_new_movements_to_its_release(
    store: MysqlStockStore, mysql_url: str
) -> None:
    bread = replace(SOUP, product_id="bread")
    store.run(lambda stock: stock.save_products([bread]))
    assert full_audit(store) == []

    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = 'bread'")
        connection.commit()

    [finding] = full_audit(store)
    assert finding.subject == "product bread"


@pytest.mark.parametrize("states", [("held", "exchanged"), ("confirmed", "exchanged")], ids=str)
def test_one_line_of_a_new_state_is_enough_to_leave_a_reservation_alone(
    store: MysqlStockStore, mysql_url: str, states: tuple[str, str]
) -> None:
    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"
            " price_id, unit_amount, currency) SELECT order_id, 'zoup', quantity, %s, expires_at,"
            " name, price_id, unit_amount, currency FROM reservations WHERE order_id = 'held'",
            [states[1]],
        )
        cursor.execute(
            "UPDATE reservations SET state = %s WHERE order_id = 'held' AND product_id = 'soup'",
            [states[0]],
        )
        connection.commit()

    with pytest.raises(LaterReleaseError, match="order held is exchanged"):
        ConfirmReservationHandler(store=store)(ConfirmReservation("held"))


def test_the_audit_leaves_a_product_with_reservations_of_a_new_state_alone(
    store: MysqlStockStore, mysql_url: str
) -> None:
    bread = replace(SOUP, product_id="bread")
    store.run(lambda stock: stock.save_products([bread]))
    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE stock SET on_hand = 5, held = 1 WHERE product_id = 'bread'")
        cursor.execute(
            "INSERT INTO reservations SELECT 'new', 'bread', 1, 'authorised', expires_at, name,"
            " price_id, unit_amount, currency, reserved_at, NULL, NULL, NULL FROM reservations"
            " WHERE order_id = 'held'"
        )
        connection.commit()

    assert full_audit(store) == []
