"""Contract of StockLedger, for the fake and the MySQL adapter: what contradicts is named."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.model import Product, Reservation, ReservationState
from tests.contract.stock_records import new_product, new_reservation
from tests.fakes.stock import MemoryStockStore
from tests.fakes.stock_ledger import AuditedStore, findings_about


@pytest.fixture
def store(stock_store: AuditedStore) -> AuditedStore:
    return stock_store


@pytest.fixture
def execute(request: pytest.FixtureRequest) -> Callable[..., None]:
    def execute(sql: str, *arguments: object) -> None:
        url = request.getfixturevalue("mysql_url")
        with connect_mysql(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql, list(arguments))
            connection.commit()

    return execute


@pytest.fixture
def soup(store: AuditedStore) -> Product:
    return new_product(store, 10)


@pytest.fixture
def confirmed(store: AuditedStore, soup: Product) -> Reservation:
    """The reservation of an order that bought two soups."""
    held = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([held]))
    store.run(lambda stock: stock.settle(held.confirm()))
    return held.confirm()


def kinds(store: AuditedStore, *ids: str) -> set[str]:
    return {finding.kind for finding in findings_about(store, *ids)}


def test_what_agrees_is_not_found(
    store: AuditedStore, soup: Product, confirmed: Reservation
) -> None:
    store.run(lambda stock: stock.hold([new_reservation((soup, 1))]))

    assert kinds(store, soup.product_id, confirmed.order_id) == set()


def test_units_that_differ_from_the_movements_are_found(
    store: AuditedStore, soup: Product, execute: Callable[..., None]
) -> None:
    if isinstance(store, MemoryStockStore):
        item = store.kept.stock[soup.product_id]
        store.kept.stock[soup.product_id] = replace(item, on_hand=9)
    else:
        execute("UPDATE stock SET on_hand = 9 WHERE product_id = %s", soup.product_id)

    assert kinds(store, soup.product_id) == {"units_differ"}


def test_a_product_without_units_is_found(
    store: AuditedStore, soup: Product, execute: Callable[..., None]
) -> None:
    if isinstance(store, MemoryStockStore):
        del store.kept.stock[soup.product_id]
    else:
        execute("DELETE FROM stock WHERE product_id = %s", soup.product_id)

    assert kinds(store, soup.product_id) >= {"stock_row_missing", "units_differ"}


@pytest.mark.parametrize("state", [s for s in ReservationState if s != "confirmed"])
def test_a_state_that_the_movements_do_not_lead_to_is_found(
    store: AuditedStore,
    confirmed: Reservation,
    execute: Callable[..., None],
    state: ReservationState,
) -> None:
    if isinstance(store, MemoryStockStore):
        store.kept.reserved[confirmed.order_id] = replace(confirmed, state=state)
    else:
        execute(
            "UPDATE reservations SET state = %s WHERE order_id = %s",
            state.value,
            confirmed.order_id,
        )

    assert "movements_differ" in kinds(store, confirmed.order_id)


def test_a_quantity_that_was_not_moved_is_found(
    store: AuditedStore, confirmed: Reservation, execute: Callable[..., None]
) -> None:
    if isinstance(store, MemoryStockStore):
        lines = tuple(replace(line, quantity=5) for line in confirmed.lines)
        store.kept.reserved[confirmed.order_id] = replace(confirmed, lines=lines)
    else:
        execute("UPDATE reservations SET quantity = 5 WHERE order_id = %s", confirmed.order_id)

    assert kinds(store, confirmed.order_id) == {"quantities_differ"}


def test_movements_without_a_reservation_are_found(
    store: AuditedStore, confirmed: Reservation, execute: Callable[..., None]
) -> None:
    if isinstance(store, MemoryStockStore):
        del store.kept.reserved[confirmed.order_id]
    else:
        execute("DELETE FROM reservations WHERE order_id = %s", confirmed.order_id)

    assert kinds(store, confirmed.order_id) == {"reservation_missing"}


def test_a_movement_that_is_missing_is_found(
    store: AuditedStore, confirmed: Reservation, execute: Callable[..., None]
) -> None:
    if isinstance(store, MemoryStockStore):
        store.kept.moved[confirmed.order_id].pop()
    else:
        execute(
            "DELETE FROM stock_movements WHERE kind = 'confirmed' AND reference = %s",
            confirmed.order_id,
        )

    product_id = confirmed.lines[0].product_id
    assert kinds(store, confirmed.order_id) == {"movements_differ"}
    assert kinds(store, product_id) == {"units_differ"}
