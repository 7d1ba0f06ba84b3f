"""Contract of StockArchive, for the fake and the MySQL adapter."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.runtime.clock import utc_now
from gorder.stock.model import Product, Reservation, ReservationState
from tests.contract.stock_records import new_product, new_reservation
from tests.fakes.stock import MemoryStockStore
from tests.fakes.stock_ledger import AuditedStore, findings_about

LATER = timedelta(hours=1)


@pytest.fixture
def store(stock_store: AuditedStore) -> AuditedStore:
    return stock_store


@pytest.fixture
def pass_everything(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Move the checkpoint over what the test has moved."""

    def pass_it(store: AuditedStore) -> None:
        if isinstance(store, MemoryStockStore):
            return
        url = request.getfixturevalue("mysql_url")
        with connect_mysql(url) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE stock_movements SET occurred_at = occurred_at - INTERVAL 1 HOUR")
            cursor.execute(
                "UPDATE reservations SET reserved_at = reserved_at - INTERVAL 1 HOUR,"
                " settled_at = settled_at - INTERVAL 1 HOUR"
            )
            connection.commit()
        while store.advance(1000, timedelta(minutes=15)):
            pass

    return lambda: pass_it(request.getfixturevalue("store"))


@pytest.fixture
def soup(store: AuditedStore) -> Product:
    return new_product(store, 10)


def ordered(store: AuditedStore, soup: Product, *states: str) -> Reservation:
    """Return the reservation of an order of two soups, after these states."""
    before = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([before]))
    for state in states:
        before = changed(store, before, state)
    return before


def changed(store: AuditedStore, before: Reservation, state: str) -> Reservation:
    lines, expires_at = before.lines, before.expires_at
    after = Reservation(before.order_id, lines, expires_at, ReservationState(state))
    store.run(lambda stock: stock.settle(after, before.state))
    return after


def kinds(store: AuditedStore, order: Reservation) -> set[str]:
    return {each.kind for each in store.run(lambda stock: stock.movements(order.order_id))}


def test_movements_of_settled_orders_go_and_nothing_contradicts(
    store: AuditedStore, soup: Product, pass_everything: Callable[[], None]
) -> None:
    orders = {
        states: ordered(store, soup, *states.split())
        for states in ("", "confirmed", "released", "confirmed returned", "confirmed wasted")
    }
    pass_everything()

    batch = store.archive(utc_now() + LATER, None, 1000)

    assert batch.orders >= 4
    assert batch.following is None
    assert {states: kinds(store, order) for states, order in orders.items()} == {
        "": {"reserved"},
        "confirmed": set(),
        "released": set(),
        "confirmed returned": {"returned"},
        "confirmed wasted": {"wasted"},
    }
    ids = [order.order_id for order in orders.values()]
    assert findings_about(store, soup.product_id, *ids) == []
    assert store.archive(utc_now() + LATER, None, 1000).movements == 0


def test_what_was_settled_lately_stays(
    store: AuditedStore, soup: Product, pass_everything: Callable[[], None]
) -> None:
    order = ordered(store, soup, "confirmed")
    pass_everything()

    store.archive(utc_now() - 2 * LATER, None, 1000)

    assert kinds(store, order) == {"reserved", "confirmed"}


@pytest.mark.parametrize("state", ["returned", "wasted"])
def test_an_archived_order_can_be_settled_otherwise(
    store: AuditedStore, soup: Product, pass_everything: Callable[[], None], state: str
) -> None:
    order = ordered(store, soup, "confirmed")
    pass_everything()
    store.archive(utc_now() + LATER, None, 1000)

    changed(store, order, state)

    assert kinds(store, order) == {state}
    assert findings_about(store, soup.product_id, order.order_id) == []
