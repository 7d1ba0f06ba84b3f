"""What every stock store must do, asked of the one in memory and the one in MySQL."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import (
    Price,
    Product,
    Reservation,
    ReservedLine,
    StockItem,
)
from gorder.stock.ports import StockContentionError, StockStore, StockTransaction
from tests.fakes.stock import MemoryStockStore, product

EXPIRES = datetime(2026, 12, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = EXPIRES + timedelta(hours=1)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", pytest.param("mysql", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest) -> Iterator[StockStore]:
    if request.param == "memory":
        yield MemoryStockStore()
        return
    connect = partial(connect_mysql, request.getfixturevalue("mysql_url"))
    mysql_migrations.migrate(connect, mysql_migrations.migrations())
    mysql = MysqlStockStore(connect, budget_seconds=0.3)
    yield mysql
    mysql.close()


def stocked(store: StockStore, units: int) -> Product:
    """A new product with units on hand."""
    new = product()
    store.run(lambda stock: stock.save_products([new]))
    if units:
        store.run(lambda stock: stock.receive(uuid4().hex, new.product_id, units))
    return new


def level(store: StockStore, wanted: Product) -> tuple[int, int]:
    item = store.run(lambda stock: stock.items([wanted.product_id]))[wanted.product_id]
    return item.on_hand, item.held


def reservation(*wanted: tuple[Product, int], order_id: str | None = None) -> Reservation:
    lines = sorted(
        (
            ReservedLine(p.product_id, p.name, quantity, p.price)
            for p, quantity in wanted
            if p.price is not None
        ),
        key=lambda line: line.product_id,
    )
    return Reservation(order_id or uuid4().hex, tuple(lines), EXPIRES)


def prolong(stock: StockTransaction, reservations: Sequence[Reservation]) -> None:
    stock.prolong(reservations)


def found(store: StockStore, order_id: str) -> Reservation | None:
    return store.run(lambda stock: stock.reservations([order_id])).get(order_id)


def test_a_saved_product_is_read_back_with_no_units(store: StockStore) -> None:
    new = replace(product(), name="Crème brûlée 🍮 'x' \\ %s")
    store.run(lambda stock: stock.save_products([new]))
    item = StockItem(new)
    assert store.run(lambda stock: stock.items([new.product_id])) == {new.product_id: item}
    assert item in store.run(lambda stock: stock.every_item())


def test_a_product_can_lose_its_price_and_keeps_its_units(store: StockStore) -> None:
    new = stocked(store, 3)
    priceless = replace(new, price=None, active=False)
    store.run(lambda stock: stock.save_products([priceless]))
    items = store.run(lambda stock: stock.items([new.product_id]))
    assert items == {new.product_id: StockItem(priceless, on_hand=3)}


def test_unknown_ids_are_left_out(store: StockStore) -> None:
    known = stocked(store, 0)
    items = store.run(lambda stock: stock.items([known.product_id, "nobody"]))
    assert set(items) == {known.product_id}
    assert store.run(lambda stock: stock.reservations(["nobody"])) == {}


def test_ids_differ_by_case(store: StockStore) -> None:
    lower, upper = product(f"prod_a{uuid4().hex}"), product(f"prod_A{uuid4().hex}")
    upper = replace(upper, product_id=lower.product_id.upper())
    store.run(lambda stock: stock.save_products([lower, upper]))
    assert set(store.run(lambda stock: stock.items([lower.product_id]))) == {lower.product_id}


def test_every_item_is_sorted_by_id(store: StockStore) -> None:
    store.run(lambda stock: stock.save_products([product(), product(), product()]))
    ids = [item.product.product_id for item in store.run(lambda stock: stock.every_item())]
    assert ids == sorted(ids)
    assert len(ids) >= 3


def test_holding_takes_units_and_keeps_the_price_of_the_moment(store: StockStore) -> None:
    soup, bread = stocked(store, 5), stocked(store, 9)
    wish = reservation((soup, 2), (bread, 9))
    store.run(lambda stock: stock.hold([wish]))
    repriced = replace(soup, price=Price("price_new", 9999, "eur"))
    store.run(lambda stock: stock.save_products([repriced]))
    assert level(store, soup) == (5, 2)
    assert level(store, bread) == (9, 9)
    assert found(store, wish.order_id) == wish


def test_several_orders_are_held_at_once(store: StockStore) -> None:
    soup = stocked(store, 5)
    wishes = [reservation((soup, 2)), reservation((soup, 3))]
    store.run(lambda stock: stock.hold(wishes))
    assert level(store, soup) == (5, 5)
    ids = [wish.order_id for wish in wishes]
    assert set(store.run(lambda stock: stock.reservations(ids))) == set(ids)


def test_a_time_in_another_zone_is_the_same_moment(store: StockStore) -> None:
    soup = stocked(store, 1)
    there = EXPIRES.astimezone(timezone(timedelta(hours=9)))
    wish = replace(reservation((soup, 1)), expires_at=there)
    store.run(lambda stock: stock.hold([wish]))
    kept = found(store, wish.order_id)
    assert kept is not None
    assert kept.expires_at == EXPIRES


def test_units_that_are_not_there_cannot_be_held(store: StockStore) -> None:
    soup, bread = stocked(store, 1), stocked(store, 5)
    wish = reservation((soup, 2), (bread, 2))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.hold([wish]))
    assert level(store, soup) == (1, 0)
    assert level(store, bread) == (5, 0)
    assert found(store, wish.order_id) is None


def test_an_order_is_held_once(store: StockStore) -> None:
    soup = stocked(store, 5)
    wish = reservation((soup, 2))
    store.run(lambda stock: stock.hold([wish]))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.hold([wish]))
    assert level(store, soup) == (5, 2)


@pytest.mark.parametrize(("final", "left"), [("confirm", (3, 0)), ("release", (5, 0))])
def test_settling_sells_or_frees_once(store: StockStore, final: str, left: tuple[int, int]) -> None:
    soup = stocked(store, 5)
    wish = reservation((soup, 2))
    store.run(lambda stock: stock.hold([wish]))
    settled = wish.confirm() if final == "confirm" else wish.release()
    store.run(lambda stock: stock.settle(settled))
    assert level(store, soup) == left
    assert found(store, wish.order_id) == settled
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.settle(settled))
    assert level(store, soup) == left


def test_a_hold_is_prolonged_and_never_shortened(store: StockStore) -> None:
    soup, bread = stocked(store, 5), stocked(store, 5)
    wishes = [reservation((soup, 1), (bread, 1)), reservation((soup, 1))]
    store.run(lambda stock: stock.hold(wishes))
    longer = [
        replace(wish, expires_at=EXPIRES + timedelta(microseconds=n))
        for n, wish in enumerate(wishes, start=1)
    ]
    store.run(lambda stock: stock.prolong(longer))
    assert [found(store, wish.order_id) for wish in wishes] == longer
    for again in (longer, wishes):
        with pytest.raises(StockContentionError):
            store.run(partial(prolong, reservations=again))
    assert [found(store, wish.order_id) for wish in wishes] == longer
    assert level(store, soup) == (5, 2)


def test_what_is_settled_is_not_prolonged(store: StockStore) -> None:
    soup = stocked(store, 5)
    wish = reservation((soup, 1))
    store.run(lambda stock: stock.hold([wish]))
    store.run(lambda stock: stock.settle(wish.release()))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.prolong([replace(wish, expires_at=LATER)]))
    assert found(store, wish.order_id) == wish.release()


def test_what_was_prolonged_since_it_was_read_is_not_settled(store: StockStore) -> None:
    soup = stocked(store, 5)
    wish = reservation((soup, 2))
    store.run(lambda stock: stock.hold([wish]))
    store.run(lambda stock: stock.prolong([replace(wish, expires_at=LATER)]))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.settle(wish.release()))
    assert level(store, soup) == (5, 2)


def test_overdue_orders_are_found_once_the_oldest_first(store: StockStore) -> None:
    soup, bread = stocked(store, 9), stocked(store, 9)
    start = LONG_AGO + timedelta(days=secrets.randbelow(10_000))
    wishes = [
        replace(reservation((soup, 1), (bread, 1)), expires_at=start + timedelta(minutes=minute))
        for minute in (3, 1, 2, 4)
    ]
    store.run(lambda stock: stock.hold(wishes))
    late, oldest, settled, in_time = (wish.order_id for wish in wishes)
    store.run(lambda stock: stock.settle(wishes[2].confirm()))
    before = start + timedelta(minutes=4)
    ours = {late, oldest, settled, in_time}
    listed = store.run(lambda stock: stock.overdue(before, 1000))
    assert [order_id for order_id in listed if order_id in ours] == [oldest, late]
    assert store.run(lambda stock: stock.overdue(before, 1)) == listed[:1]
    store.run(lambda stock: stock.settle(wishes[0].release()))
    store.run(lambda stock: stock.settle(wishes[1].release()))


def test_the_menu_has_the_active_products_by_name(store: StockStore) -> None:
    ours = [replace(stocked(store, 4), name=name) for name in ("Éclair", "bun", "Apple", "eel")]
    hidden = replace(ours[0], product_id=f"prod_{uuid4().hex}", active=False)
    store.run(lambda stock: stock.save_products([*ours, hidden]))
    ids = {each.product_id for each in [*ours, hidden]}
    menu = store.run(lambda stock: stock.menu(10_000))
    shown = [item for item in menu if item.product.product_id in ids]
    assert [item.product.name for item in shown][:2] == ["Apple", "bun"]
    assert {item.product.name for item in shown} == {"Apple", "bun", "eel", "Éclair"}
    assert {item.on_hand for item in shown} == {4}
    assert store.run(lambda stock: stock.menu(2)) == menu[:2]


def test_why_a_product_cannot_be_ordered_is_kept_until_it_can(store: StockStore) -> None:
    usable = product()
    for saved in (
        replace(usable, price=None, active=False, unusable="its default price is recurring"),
        usable,
    ):
        store.run(partial(save, saved))
        kept = store.run(lambda stock: stock.items([usable.product_id]))
        assert kept[usable.product_id].product == saved


def save(new: Product, stock: StockTransaction) -> None:
    stock.save_products([new])


def test_a_receipt_books_a_product_once(store: StockStore) -> None:
    soup, bread = stocked(store, 0), stocked(store, 0)
    receipt = uuid4().hex
    store.run(lambda stock: stock.receive(receipt, soup.product_id, 7))
    store.run(lambda stock: stock.receive(receipt, bread.product_id, 8))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.receive(receipt, soup.product_id, 7))
    booked = store.run(lambda stock: stock.receipts(receipt))
    assert booked == {soup.product_id: 7, bread.product_id: 8}
    assert level(store, soup) == (7, 0)


def test_an_error_inside_undoes_everything_and_passes_unchanged(store: StockStore) -> None:
    soup = stocked(store, 5)
    wish = reservation((soup, 2))
    bug = ZeroDivisionError()

    def work(stock: StockTransaction) -> None:
        stock.hold([wish])
        raise bug

    with pytest.raises(ZeroDivisionError) as caught:
        store.run(work)
    assert caught.value is bug
    assert level(store, soup) == (5, 0)
    assert found(store, wish.order_id) is None
