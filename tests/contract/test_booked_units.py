"""Contract of the units that a report sums, for the fake and for the MySQL adapter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from pymysql.cursors import Cursor

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_movements import select_booked_units
from gorder.stock.entries import Entry, EntryKind
from gorder.stock.model import BookedUnits, Product, ReservationState, Signature
from gorder.stock.ports import StockStore, StockTransaction
from tests.contract.stock_records import new_product, new_reservation

KINDS = ("returned", "restocked", "wasted", "discarded")
MINUTE = timedelta(minutes=1)


def booked(
    store: StockStore, begin: datetime, end: datetime, *of: Product
) -> set[tuple[str, str, str | None, int]]:
    found = store.run(lambda stock: stock.booked_units(KINDS, begin, end))
    wanted = {product.product_id: product.name for product in of}
    for each in found:
        assert each.name == wanted.get(each.product_id, each.name)
    assert all(isinstance(each, BookedUnits) for each in found)
    return {
        (each.product_id, each.kind, each.reason, each.quantity)
        for each in found
        if each.product_id in wanted
    }


def discard(product: Product, units: int, reason: str) -> Callable[[StockTransaction], None]:
    entry = Entry(uuid4().hex, product.product_id, EntryKind.DISCARDED, units)
    return lambda stock: stock.book(entry, Signature("ann", reason))


def settled(store: StockStore, product: Product, units: int, state: ReservationState) -> None:
    held = new_reservation((product, units))
    sold = replace(held, state=ReservationState.CONFIRMED)
    store.run(lambda stock: stock.hold([held]))
    store.run(lambda stock: stock.settle(sold))
    last = replace(held, state=state)
    store.run(lambda stock: stock.settle(last, ReservationState.CONFIRMED))


def test_units_are_summed_by_product_kind_and_reason(stock_store: StockStore) -> None:
    soup, bread, tea = (new_product(stock_store, 99) for _ in range(3))
    for product, units, reason in (
        *((soup, 2, "Größe 🍮"), (soup, 3, "Größe 🍮"), (soup, 4, "größe 🍮")),
        *((bread, 5, "Mouldy."),),
    ):
        stock_store.run(discard(product, units, reason))
    found = Entry(uuid4().hex, soup.product_id, EntryKind.RESTOCKED, 6)
    count = Entry(uuid4().hex, soup.product_id, EntryKind.COUNTED_DOWN, 7, 1)
    stock_store.run(lambda stock: stock.book(found, Signature("ann", "Found.")))
    stock_store.run(lambda stock: stock.book(count, Signature("ann", "Counted.")))
    for state in (ReservationState.WASTED, ReservationState.RETURNED):
        settled(stock_store, bread, 8, state)
        settled(stock_store, bread, 1, state)
    now = datetime.now(UTC)

    assert booked(stock_store, now - MINUTE, now + MINUTE, soup, bread, tea) == {
        (soup.product_id, "discarded", "Größe 🍮", 5),
        (soup.product_id, "discarded", "größe 🍮", 4),
        (soup.product_id, "restocked", "Found.", 6),
        (bread.product_id, "discarded", "Mouldy.", 5),
        (bread.product_id, "wasted", None, 9),
        (bread.product_id, "returned", None, 9),
    }
    assert booked(stock_store, now + MINUTE, now + 2 * MINUTE, soup, bread) == set()
    assert booked(stock_store, now - 2 * MINUTE, now - MINUTE, soup, bread) == set()


class KeepingCursor(Cursor):
    """Keeps the last statement."""

    last = ""

    def execute(self, query: str, args: object = None) -> int:
        self.last = self.mogrify(query, args)
        return super().execute(query, args)


@pytest.fixture
def cursor(mysql_url: str) -> Iterator[KeepingCursor]:
    connect = partial(connect_mysql, mysql_url)
    mysql_migrations.migrate(connect, mysql_migrations.migrations())
    with connect() as connection, connection.cursor(KeepingCursor) as cursor:
        yield cursor


@pytest.mark.servers
def test_units_are_summed_along_the_index_of_their_time(cursor: KeepingCursor) -> None:
    """The first moment counts, and the last one does not."""
    begin = datetime(2020, 11, 28)  # noqa: DTZ001 - as MySQL has it
    end = begin + timedelta(days=1)
    moment = timedelta(microseconds=1)
    for n, at in enumerate((begin - moment, begin, end - moment, end)):
        cursor.execute(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity, occurred_at)"
            " VALUES ('gone', 'wasted', %s, %s, %s)",
            [uuid4().hex, 10**n, at],
        )

    [found] = select_booked_units(cursor, KINDS, begin, end)

    assert found == BookedUnits("gone", "gone", "wasted", None, 110)
    cursor.execute(f"EXPLAIN {cursor.last}")
    names = [column[0] for column in cursor.description or ()]
    plan = dict(zip(names, cursor.fetchall()[0], strict=True))
    assert (plan["table"], plan["type"], plan["key"]) == ("m", "range", "stock_movements_by_time")
