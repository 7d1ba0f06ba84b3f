"""Contract of what an audit reads of the reservations, on the fake and on a real server."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.model import Reservation, ReservedLine
from gorder.stock.ports import StockStore
from gorder.upkeep.ports import ReservationBook
from tests.fakes.audit import MemoryReservationBook
from tests.fakes.products import product
from tests.fakes.stock import MemoryStockStore


@pytest.fixture
def book(stock_store: StockStore) -> ReservationBook:
    if isinstance(stock_store, MemoryStockStore):
        return MemoryReservationBook(stock_store)
    return MysqlReservationBook(stock_store)  # type: ignore[arg-type]  # the only other store


def reserve(store: StockStore, order_id: str) -> Reservation:
    """Hold one unit of each of two products."""
    products = [product(), product(amount=700)]
    store.run(lambda stock: stock.save_products(products))
    lines = []
    for each in products:
        store.run(lambda stock, key=each.product_id: stock.receive(uuid4().hex, key, 5))  # type: ignore[misc]
        assert each.price
        lines.append(ReservedLine(each.product_id, each.name, 1, each.price))
    reservation = Reservation(order_id, tuple(lines), datetime.now(UTC) + timedelta(hours=1))
    store.run(lambda stock: stock.hold([reservation]))
    return store.run(lambda stock: stock.reservations([order_id]))[order_id]


def test_a_reservation_has_its_lines_and_its_state(
    stock_store: StockStore, book: ReservationBook
) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=2)
    held = reserve(stock_store, uuid4().hex)

    [found] = book.reservations([held.order_id, "another"]).values()

    assert (found.order_id, found.state) == (held.order_id, "held")
    assert {(line.product_id, line.quantity, line.unit_amount) for line in found.lines} == {
        (line.product_id, line.quantity, line.price.unit_amount) for line in held.lines
    }
    assert {line.currency for line in found.lines} == {"eur"}
    assert begun <= found.changed_at <= datetime.now(UTC) + timedelta(seconds=2)

    stock_store.run(lambda stock: stock.settle(held.confirm()))

    later = book.reservations([held.order_id])[held.order_id]
    assert later.state == "confirmed"
    assert later.changed_at >= found.changed_at
    assert book.reservations([]) == {}


def test_orders_are_listed_once_by_id(stock_store: StockStore, book: ReservationBook) -> None:
    first = uuid4().hex
    ids = [f"{first}-{n}" for n in range(3)]
    for order_id in ids:
        reserve(stock_store, order_id)

    assert list(book.order_ids(first, 2)) == ids[:2]
    assert list(book.order_ids(ids[1], 1)) == ids[2:]
