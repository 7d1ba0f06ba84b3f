"""The states of a reservation, and a product's price."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gorder.stock.model import (
    Hold,
    Price,
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
)
from gorder.stock.refusals import (
    InsufficientStockRefusal,
    ReservationConfirmed,
    ReservationReleased,
    ReservationReturned,
    Shortfall,
)

SOUP = Product("soup", "Soup", Price("price_700", 700, "eur"), active=True)
BREAD = Product("bread", "Bread", Price("price_200", 200, "eur"), active=True)
LINES = tuple(
    ReservedLine(p.product_id, p.name, units, p.price)
    for p, units in ((SOUP, 2), (BREAD, 1))
    if p.price
)
HELD = Reservation("o", LINES, datetime(2026, 12, 1, tzinfo=UTC))


def in_state(state: ReservationState) -> Reservation:
    return replace(HELD, state=state)


def test_confirm_and_release_are_repeatable() -> None:
    assert HELD.confirm().confirm().state is ReservationState.CONFIRMED
    assert HELD.release().release().state is ReservationState.RELEASED
    with pytest.raises(ReservationReleased):
        HELD.release().confirm()
    with pytest.raises(ReservationConfirmed):
        HELD.confirm().release()


@pytest.mark.parametrize(
    ("before", "returned", "written_off"),
    [
        ("held", "released", "wasted"),
        ("confirmed", "returned", "wasted"),
        ("released", "released", "released"),
        ("returned", "returned", "returned"),
        ("wasted", "wasted", "wasted"),
    ],
)
def test_units_are_returned_or_written_off_once(
    before: str, returned: str, written_off: str
) -> None:
    reservation = in_state(ReservationState(before))
    assert reservation.return_units().state == returned
    assert reservation.write_off().state == written_off


@pytest.mark.parametrize("state", [ReservationState.RETURNED, ReservationState.WASTED])
def test_returned_and_wasted_are_final(state: ReservationState) -> None:
    reservation = in_state(state)
    assert reservation.release() == reservation
    with pytest.raises(ReservationReturned, match=f"was {state}"):
        reservation.confirm()
    hold = Hold("o", reservation.quantities, reservation.expires_at)
    with pytest.raises(ReservationReleased, match=f"was {state}"):
        reservation.matching(hold)


def test_a_released_reservation_is_sold_if_all_of_its_units_are_available() -> None:
    items = {"soup": StockItem(SOUP, 5, 3), "bread": StockItem(BREAD, 1)}
    assert HELD.release().retake(items) == HELD.confirm()


def test_a_released_reservation_is_not_sold_in_part() -> None:
    items = {"soup": StockItem(SOUP, 5, 4), "bread": StockItem(BREAD, 9)}
    with pytest.raises(InsufficientStockRefusal) as refused:
        HELD.release().retake(items)
    assert refused.value.shortfalls == (Shortfall("soup", 2, 1),)
    with pytest.raises(InsufficientStockRefusal) as refused:
        HELD.release().retake({})
    assert refused.value.shortfalls == (Shortfall("soup", 2, 0), Shortfall("bread", 1, 0))


def test_an_active_product_has_a_price() -> None:
    with pytest.raises(ValueError, match="no price"):
        Product("a", "A", None, active=True)
