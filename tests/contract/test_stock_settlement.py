"""Contract of StockStore: what becomes of a reservation, for the fake and the MySQL adapter."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from gorder.stock.model import (
    Reservation,
    ReservationState,
    Signature,
)
from gorder.stock.ports import StockContentionError, StockStore, StockTransaction
from tests.contract.stock_records import EXPIRES, extend, found, level, new_product, new_reservation
from tests.fakes.stock_ledger import AuditedStore, findings_about

LATER = EXPIRES + timedelta(hours=1)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(stock_store: AuditedStore) -> AuditedStore:
    return stock_store


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
    store: AuditedStore, states: list[str], left: tuple[int, int]
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
    own = (soup.product_id, bread.product_id, reservation.order_id)
    assert findings_about(store, *own) == []


def settle(stock: StockTransaction, reservation: Reservation, before: ReservationState) -> None:
    stock.settle(reservation, before)


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
    ann = Signature("ann", "Dropped.")
    store.run(lambda stock: stock.settle(wasted, ReservationState.CONFIRMED, ann))

    found = store.run(lambda stock: stock.movements(reservation.order_id))

    assert [(m.kind, m.product_id, m.quantity) for m in found] == [
        (kind, product.product_id, quantity)
        for kind in ("reserved", "confirmed", "wasted")
        for product, quantity in ((soup, 2), (bread, 1))
    ]
    assert {(m.kind, m.by, m.reason) for m in found} == {
        ("reserved", None, None),
        ("confirmed", None, None),
        ("wasted", "ann", "Dropped."),
    }
    assert all(before < m.occurred_at < before + timedelta(minutes=2) for m in found)
    assert store.run(lambda stock: stock.movements("unknown")) == []
