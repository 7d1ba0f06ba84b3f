"""Contract of StockStore, for the fake and for the MySQL adapter."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

import pytest

from gorder.stock.model import (
    Drift,
    Price,
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
)
from gorder.stock.ports import StockContentionError, StockStore, StockTransaction
from tests.fakes.stock import product

EXPIRES = datetime(2026, 12, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = EXPIRES + timedelta(hours=1)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(stock_store: StockStore) -> StockStore:
    return stock_store


def new_product(store: StockStore, units: int) -> Product:
    """Save a new product and receive units of it."""
    new = product()
    store.run(lambda stock: stock.save_products([new]))
    if units:
        store.run(lambda stock: stock.receive(uuid4().hex, new.product_id, units))
    return new


def level(store: StockStore, of: Product) -> tuple[int, int]:
    """Return the units on hand and held."""
    item = store.run(lambda stock: stock.items([of.product_id]))[of.product_id]
    return item.on_hand, item.held


def new_reservation(*quantities: tuple[Product, int], order_id: str | None = None) -> Reservation:
    lines = sorted(
        (
            ReservedLine(p.product_id, p.name, quantity, p.price)
            for p, quantity in quantities
            if p.price is not None
        ),
        key=lambda line: line.product_id,
    )
    return Reservation(order_id or uuid4().hex, tuple(lines), EXPIRES)


def extend(stock: StockTransaction, reservations: Sequence[Reservation]) -> None:
    stock.extend(reservations)


def found(store: StockStore, order_id: str) -> Reservation | None:
    return store.run(lambda stock: stock.reservations([order_id])).get(order_id)


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


@pytest.mark.parametrize(("final", "left"), [("confirm", (3, 0)), ("release", (5, 0))])
def test_a_reservation_is_confirmed_or_released_once(
    store: StockStore, final: str, left: tuple[int, int]
) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([reservation]))
    settled = reservation.confirm() if final == "confirm" else reservation.release()
    store.run(lambda stock: stock.settle(settled))
    assert level(store, soup) == left
    assert found(store, reservation.order_id) == settled
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.settle(settled))
    assert level(store, soup) == left


CHANGES = [
    (["confirmed"], (3, 0)),
    (["released"], (5, 0)),
    (["wasted"], (3, 0)),
    (["confirmed", "returned"], (5, 0)),
    (["confirmed", "wasted"], (3, 0)),
    (["released", "confirmed"], (3, 0)),
    (["released", "confirmed", "returned"], (5, 0)),
    (["released", "confirmed", "wasted"], (3, 0)),
]


@pytest.mark.parametrize(("states", "left"), CHANGES, ids=str)
def test_a_reservation_changes_its_state_once(
    store: StockStore, states: list[str], left: tuple[int, int]
) -> None:
    soup, bread = new_product(store, 5), new_product(store, 5)
    reservation = new_reservation((soup, 2), (bread, 2))
    store.run(lambda stock: stock.hold([reservation]))
    before = reservation
    for state in states:
        after = replace(before, state=ReservationState(state))
        change = partial(settle, reservation=after, before=before.state)
        store.run(change)
        assert found(store, reservation.order_id) == after
        with pytest.raises(StockContentionError):
            store.run(change)
        before = after
    assert level(store, soup) == level(store, bread) == left
    assert own_drift(store, soup, bread) == []


def settle(stock: StockTransaction, reservation: Reservation, before: ReservationState) -> None:
    stock.settle(reservation, before)


def own_drift(store: StockStore, *products: Product) -> list[Drift]:
    own = {each.product_id for each in products}
    return [drift for drift in store.run(lambda s: s.drift()) if drift.product_id in own]


def test_taking_released_units_again_is_refused_if_a_line_does_not_fit(store: StockStore) -> None:
    soup, bread = new_product(store, 5), new_product(store, 5)
    reservation = new_reservation((soup, 3), (bread, 1))
    store.run(lambda stock: stock.hold([reservation]))
    store.run(lambda stock: stock.settle(reservation.release()))
    store.run(lambda stock: stock.hold([new_reservation((soup, 3))]))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.settle(reservation.confirm(), ReservationState.RELEASED))
    assert (level(store, soup), level(store, bread)) == ((5, 3), (5, 0))
    assert found(store, reservation.order_id) == reservation.release()


def test_a_reservation_can_be_extended_but_not_shortened(store: StockStore) -> None:
    soup, bread = new_product(store, 5), new_product(store, 5)
    reservations = [new_reservation((soup, 1), (bread, 1)), new_reservation((soup, 1))]
    store.run(lambda stock: stock.hold(reservations))
    longer = [
        replace(reservation, expires_at=EXPIRES + timedelta(microseconds=n))
        for n, reservation in enumerate(reservations, start=1)
    ]
    store.run(lambda stock: stock.extend(longer))
    assert [found(store, reservation.order_id) for reservation in reservations] == longer
    for again in (longer, reservations):
        with pytest.raises(StockContentionError):
            store.run(partial(extend, reservations=again))
    assert [found(store, reservation.order_id) for reservation in reservations] == longer
    assert level(store, soup) == (5, 2)


def test_a_settled_reservation_cannot_be_extended(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 1))
    store.run(lambda stock: stock.hold([reservation]))
    store.run(lambda stock: stock.settle(reservation.release()))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.extend([replace(reservation, expires_at=LATER)]))
    assert found(store, reservation.order_id) == reservation.release()


def test_settling_an_outdated_reservation_is_refused(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([reservation]))
    store.run(lambda stock: stock.extend([replace(reservation, expires_at=LATER)]))
    with pytest.raises(StockContentionError):
        store.run(lambda stock: stock.settle(reservation.release()))
    assert level(store, soup) == (5, 2)


def test_overdue_reservations_are_listed_once_oldest_first(store: StockStore) -> None:
    soup, bread = new_product(store, 9), new_product(store, 9)
    start = LONG_AGO + timedelta(days=secrets.randbelow(10_000))
    reservations = [
        replace(
            new_reservation((soup, 1), (bread, 1)), expires_at=start + timedelta(minutes=minute)
        )
        for minute in (3, 1, 2, 4)
    ]
    store.run(lambda stock: stock.hold(reservations))
    late, oldest, settled, in_time = (reservation.order_id for reservation in reservations)
    store.run(lambda stock: stock.settle(reservations[2].confirm()))
    before = start + timedelta(minutes=4)
    own = {late, oldest, settled, in_time}
    listed = store.run(lambda stock: stock.overdue(before, 1000))
    assert [order_id for order_id in listed if order_id in own] == [oldest, late]
    assert store.run(lambda stock: stock.overdue(before, 1)) == listed[:1]
    store.run(lambda stock: stock.settle(reservations[0].release()))
    store.run(lambda stock: stock.settle(reservations[1].release()))


def test_the_movements_of_an_order_are_listed_oldest_first(store: StockStore) -> None:
    soup, bread = sorted((new_product(store, 5), new_product(store, 5)), key=lambda p: p.product_id)
    reservation = new_reservation((soup, 2), (bread, 1))
    before = datetime.now(UTC) - timedelta(minutes=1)
    store.run(lambda stock: stock.receive(reservation.order_id, soup.product_id, 3))
    store.run(lambda stock: stock.hold([reservation]))
    confirmed = replace(reservation, state=ReservationState.CONFIRMED)
    store.run(lambda stock: stock.settle(confirmed))
    wasted = replace(reservation, state=ReservationState.WASTED)
    store.run(lambda stock: stock.settle(wasted, ReservationState.CONFIRMED))

    found = store.run(lambda stock: stock.movements(reservation.order_id))

    assert [(m.kind, m.product_id, m.quantity) for m in found] == [
        (kind, product.product_id, quantity)
        for kind in ("reserved", "confirmed", "wasted")
        for product, quantity in ((soup, 2), (bread, 1))
    ]
    assert all(before < m.occurred_at < before + timedelta(minutes=2) for m in found)
    assert store.run(lambda stock: stock.movements("unknown")) == []


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
