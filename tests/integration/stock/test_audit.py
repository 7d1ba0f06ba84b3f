"""The books of a real server: in order after every kind of movement, and out of it by hand only."""

from datetime import UTC, datetime

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Drift, Reservation, ReservedLine
from tests.fakes.stock import product
from tests.integration.stock.house import House

pytestmark = pytest.mark.servers


def drifts(store: MysqlStockStore, *ours: str) -> list[Drift]:
    found = store.run(lambda stock: stock.drift())
    return [drift for drift in found if drift.product_id in ours]


def test_what_the_store_does_leaves_the_books_in_order(
    house: House, store: MysqlStockStore
) -> None:
    soup, untouched = house.stocked(10), house.stocked(0)
    price = product(soup).price
    assert price is not None
    wishes = [
        Reservation(f"{soup}-{n}", (ReservedLine(soup, "Soup", n, price),), datetime.now(UTC))
        for n in (1, 2, 3)
    ]
    store.run(lambda stock: stock.hold(wishes))
    store.run(lambda stock: stock.settle(wishes[0].confirm()))
    store.run(lambda stock: stock.settle(wishes[1].release()))

    assert house.level(soup) == (9, 3)
    assert drifts(store, soup, untouched) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %s", (6, 0, 5, 0, 0)),
        ("UPDATE stock SET held = 2 WHERE product_id = %s", (5, 2, 5, 0, 0)),
        ("DELETE FROM stock_movements WHERE product_id = %s", (5, 0, 0, 0, 0)),
    ],
)
def test_what_was_written_past_the_rules_is_found(
    house: House, store: MysqlStockStore, sql: str, expected: tuple[int, ...]
) -> None:
    soup = house.stocked(5)
    house.rows(sql, soup)

    assert drifts(store, soup) == [Drift(soup, *expected)]
    house.rows("DELETE FROM stock_movements WHERE product_id = %s", soup)
    house.rows("DELETE FROM stock WHERE product_id = %s", soup)
