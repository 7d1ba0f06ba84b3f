"""Drift on a real server: none after any movement of the store, some after a direct write."""

from datetime import UTC, datetime

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Drift, Reservation, ReservedLine
from tests.fakes.stock import product
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers


def drifts(store: MysqlStockStore, *product_ids: str) -> list[Drift]:
    found = store.run(lambda stock: stock.drift())
    return [drift for drift in found if drift.product_id in product_ids]


def test_movements_of_the_store_cause_no_drift(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup, untouched = database.stocked(10), database.stocked(0)
    price = product(soup).price
    assert price is not None
    reservations = [
        Reservation(f"{soup}-{n}", (ReservedLine(soup, "Soup", n, price),), datetime.now(UTC))
        for n in (1, 2, 3)
    ]
    store.run(lambda stock: stock.hold(reservations))
    store.run(lambda stock: stock.settle(reservations[0].confirm()))
    store.run(lambda stock: stock.settle(reservations[1].release()))

    assert database.level(soup) == (9, 3)
    assert drifts(store, soup, untouched) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %s", (6, 0, 5, 0, 0, 0, 0)),
        ("UPDATE stock SET held = 2 WHERE product_id = %s", (5, 2, 5, 0, 0, 0, 0)),
        ("DELETE FROM stock_movements WHERE product_id = %s", (5, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_a_direct_write_is_found_as_drift(
    database: StockDatabase, store: MysqlStockStore, sql: str, expected: tuple[int, ...]
) -> None:
    soup = database.stocked(5)
    database.rows(sql, soup)

    assert drifts(store, soup) == [Drift(soup, *expected)]
    database.rows("DELETE FROM stock_movements WHERE product_id = %s", soup)
    database.rows("DELETE FROM stock WHERE product_id = %s", soup)


@pytest.mark.parametrize(("state", "sold"), [("wasted", 0), ("returned", 0), ("confirmed", 2)])
def test_a_state_without_its_movement_is_found_as_drift(
    database: StockDatabase, store: MysqlStockStore, state: str, sold: int
) -> None:
    soup = database.stocked(5)
    price = product(soup).price
    assert price is not None
    line = ReservedLine(soup, "Soup", 2, price)
    reservation = Reservation(f"{soup}-1", (line,), datetime.now(UTC))
    store.run(lambda stock: stock.hold([reservation]))
    store.run(lambda stock: stock.settle(reservation.confirm()))
    database.rows("UPDATE reservations SET state = %s WHERE product_id = %s", state, soup)

    found = [] if state == "confirmed" else [Drift(soup, 3, 0, 3, 0, 2, 0, sold)]
    assert drifts(store, soup) == found
    database.rows("UPDATE reservations SET state = 'confirmed' WHERE product_id = %s", soup)
