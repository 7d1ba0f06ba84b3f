"""Contract of StockStore, for the fake and for the MySQL adapter."""

from dataclasses import replace
from datetime import timedelta, timezone
from functools import partial
from uuid import uuid4

import pytest

from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import (
    Price,
    Product,
    StockItem,
)
from gorder.stock.pauses import PAUSED
from gorder.stock.ports import StockContentionError, StockStore, StockTransaction
from tests.contract.stock_records import EXPIRES, found, level, new_product, new_reservation
from tests.fakes.products import product


@pytest.fixture
def store(stock_store: StockStore) -> StockStore:
    return stock_store


def test_a_saved_product_has_no_units(store: StockStore) -> None:
    new = replace(product(), name="Crème brûlée 🍮 'x' \\ %s")
    store.run(lambda stock: stock.save_products([new]))
    item = StockItem(new)
    assert store.run(lambda stock: stock.items([new.product_id])) == {new.product_id: item}
    assert item in store.run(lambda stock: stock.all_items())


def test_a_product_can_lose_its_price_and_keeps_its_units(store: StockStore) -> None:
    new = new_product(store, 3)
    priceless = replace(new, price=None, active=False)
    store.run(lambda stock: stock.save_products([priceless]))
    items = store.run(lambda stock: stock.items([new.product_id]))
    assert items == {new.product_id: StockItem(priceless, on_hand=3)}


def test_unknown_ids_are_omitted(store: StockStore) -> None:
    known = new_product(store, 0)
    items = store.run(lambda stock: stock.items([known.product_id, "unknown"]))
    assert set(items) == {known.product_id}
    assert store.run(lambda stock: stock.reservations(["unknown"])) == {}


def test_ids_are_case_sensitive(store: StockStore) -> None:
    lower, upper = product(f"prod_a{uuid4().hex}"), product(f"prod_A{uuid4().hex}")
    upper = replace(upper, product_id=lower.product_id.upper())
    store.run(lambda stock: stock.save_products([lower, upper]))
    assert set(store.run(lambda stock: stock.items([lower.product_id]))) == {lower.product_id}


def test_all_items_are_sorted_by_id(store: StockStore) -> None:
    store.run(lambda stock: stock.save_products([product(), product(), product()]))
    ids = [item.product.product_id for item in store.run(lambda stock: stock.all_items())]
    assert ids == sorted(ids)
    assert len(ids) >= 3


def test_holding_reserves_units_at_the_current_price(store: StockStore) -> None:
    soup, bread = new_product(store, 5), new_product(store, 9)
    reservation = new_reservation((soup, 2), (bread, 9))
    store.run(lambda stock: stock.hold([reservation]))
    repriced = replace(soup, price=Price("price_new", 9999, "eur"))
    store.run(lambda stock: stock.save_products([repriced]))
    assert level(store, soup) == (5, 2)
    assert level(store, bread) == (9, 9)
    assert found(store, reservation.order_id) == reservation


def test_several_reservations_are_held_at_once(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservations = [new_reservation((soup, 2)), new_reservation((soup, 3))]
    store.run(lambda stock: stock.hold(reservations))
    assert level(store, soup) == (5, 5)
    ids = [reservation.order_id for reservation in reservations]
    assert set(store.run(lambda stock: stock.reservations(ids))) == set(ids)


def test_an_expiry_in_another_time_zone_is_converted(store: StockStore) -> None:
    soup = new_product(store, 1)
    in_tokyo = EXPIRES.astimezone(timezone(timedelta(hours=9)))
    reservation = replace(new_reservation((soup, 1)), expires_at=in_tokyo)
    store.run(lambda stock: stock.hold([reservation]))
    kept = found(store, reservation.order_id)
    assert kept is not None
    assert kept.expires_at == EXPIRES


def test_holding_more_units_than_available_is_refused(store: StockStore) -> None:
    soup, bread = new_product(store, 1), new_product(store, 5)
    reservation = new_reservation((soup, 2), (bread, 2))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.hold([reservation]))
    assert level(store, soup) == (1, 0)
    assert level(store, bread) == (5, 0)
    assert found(store, reservation.order_id) is None


def test_an_order_cannot_be_held_twice(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([reservation]))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.hold([reservation]))
    assert level(store, soup) == (5, 2)


def test_the_menu_lists_active_products_by_name(store: StockStore) -> None:
    active = [
        replace(new_product(store, 4), name=name) for name in ("Éclair", "bun", "Apple", "eel")
    ]
    hidden = replace(active[0], product_id=f"prod_{uuid4().hex}", active=False)
    store.run(lambda stock: stock.save_products([*active, hidden]))
    ids = {each.product_id for each in [*active, hidden]}
    menu = store.run(lambda stock: stock.menu(10_000))
    shown = [item for item in menu if item.product.product_id in ids]
    assert [item.product.name for item in shown][:2] == ["Apple", "bun"]
    assert {item.product.name for item in shown} == {"Apple", "bun", "eel", "Éclair"}
    assert {item.on_hand for item in shown} == {4}
    assert store.run(lambda stock: stock.menu(2)) == menu[:2]


def test_the_menu_is_sorted_by_position_before_the_name(store: StockStore) -> None:
    places = {"a": 2_000_001, "B": 2_000_000, "c": 2_000_000, "d": -999_999}
    listed = [
        replace(product(), name=name, details=MenuDetails(position=position))
        for name, position in places.items()
    ]
    store.run(lambda stock: stock.save_products(listed))
    menu = [item.product for item in store.run(lambda stock: stock.menu(10_000))]
    assert [each.name for each in menu if each in listed] == ["d", "B", "c", "a"]


def test_the_menu_lists_paused_products_and_no_other_inactive_ones(store: StockStore) -> None:
    reasons = [*PAUSED, None, "its default price is archived"]
    saved = [replace(product(), active=False, unusable_reason=reason) for reason in reasons]
    store.run(lambda stock: stock.save_products(saved))
    menu = [item.product for item in store.run(lambda stock: stock.menu(10_000))]
    assert [each in menu for each in saved] == [True, True, False, False]


@pytest.mark.parametrize(
    "details",
    [
        MenuDetails("🍜" * 500, "https://shop.example/" + "x" * 2027, "é" * 60, 999_999),
        MenuDetails("' \\ %s {}", None, "مرق", -999_999),
        MenuDetails(),
    ],
)
def test_the_details_of_a_product_are_stored_and_cleared(
    store: StockStore, details: MenuDetails
) -> None:
    new = replace(product(), details=details)
    for saved in (new, replace(new, details=MenuDetails()), new):
        store.run(partial(save, saved))
        kept = store.run(lambda stock: stock.items([new.product_id]))
        assert kept[new.product_id].product == saved


def test_the_reason_a_product_is_unusable_is_stored_and_cleared(store: StockStore) -> None:
    usable = product()
    for saved in (
        replace(usable, price=None, active=False, unusable_reason="its default price is recurring"),
        usable,
    ):
        store.run(partial(save, saved))
        kept = store.run(lambda stock: stock.items([usable.product_id]))
        assert kept[usable.product_id].product == saved


def save(new: Product, stock: StockTransaction) -> None:
    stock.save_products([new])


def test_a_receipt_is_booked_once_per_product(store: StockStore) -> None:
    soup, bread = new_product(store, 0), new_product(store, 0)
    receipt = uuid4().hex
    store.run(lambda stock: stock.receive(receipt, soup.product_id, 7))
    store.run(lambda stock: stock.receive(receipt, bread.product_id, 8))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.receive(receipt, soup.product_id, 7))
    booked = store.run(lambda stock: stock.receipts(receipt))
    assert booked == {soup.product_id: 7, bread.product_id: 8}
    assert level(store, soup) == (7, 0)


def test_an_id_with_a_space_at_its_end_is_another_id(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([reservation]))

    assert store.run(lambda stock: stock.items([f"{soup.product_id} "])) == {}
    assert store.run(lambda stock: stock.reservations([f"{reservation.order_id} "])) == {}


def test_an_error_rolls_back_the_transaction_and_passes_unchanged(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    bug = ZeroDivisionError()

    def work(stock: StockTransaction) -> None:
        stock.hold([reservation])
        raise bug

    with pytest.raises(ZeroDivisionError) as caught:
        store.run(work)
    assert caught.value is bug
    assert level(store, soup) == (5, 0)
    assert found(store, reservation.order_id) is None
