"""Confirm released units, return sold ones and write them off, on a store that loses a race."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.model import Reservation
from gorder.stock.refusals import (
    InsufficientStockRefusal,
    ReservationNotFound,
    ReservationReleased,
    ReservationReturned,
    Shortfall,
    StockRefusal,
)
from tests.fakes.stock_ledger import full_audit
from tests.unit.stock.racing_stock import LATER, RacingStock


@pytest.fixture
def stock() -> RacingStock:
    return RacingStock()


def test_a_confirmation_after_the_release_takes_the_units_again(stock: RacingStock) -> None:
    first = stock.held("o1", soup=2, bread=1)
    stock.release("o1")
    stock.held("o2", soup=8)
    assert [stock.confirm("o1"), stock.confirm("o1")] == ["confirmed", "confirmed"]
    assert stock.soup() == (8, 8)
    assert stock.held("o1", soup=2, bread=1).lines == first.lines
    assert full_audit(stock.memory) == []


def test_a_confirmation_after_the_release_takes_all_units_or_none(stock: RacingStock) -> None:
    stock.held("o1", soup=2, bread=1)
    stock.release("o1")
    stock.held("o2", soup=9)
    handler = ConfirmReservationHandler(store=stock.store)
    refusal = handler(ConfirmReservation("o1"))
    assert isinstance(refusal, InsufficientStockRefusal)
    assert refusal.shortfalls == (Shortfall("soup", 2, 1),)
    assert stock.soup() == (10, 9)
    assert stock.memory.kept.stock["bread"].held == 0
    assert stock.refused("o1", soup=2, bread=1) is ReservationReleased
    stock.release("o2")
    assert stock.confirm("o1") == "confirmed"


def test_returned_units_are_for_sale_once(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    stock.confirm("o1")
    assert [stock.return_units("o1"), stock.return_units("o1")] == ["returned", "returned"]
    assert stock.soup() == (10, 0)
    assert stock.write_off("o1") == "returned"
    assert stock.release("o1") == stock.release("o1", overdue_at=LATER) == "returned"
    assert stock.confirm("o1") is ReservationReturned
    assert stock.refused("o1", soup=2) is ReservationReleased
    assert stock.soup() == (10, 0)


def test_wasted_units_are_not_for_sale(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    stock.confirm("o1")
    assert [stock.write_off("o1"), stock.write_off("o1")] == ["wasted", "wasted"]
    assert stock.soup() == (8, 0)
    assert stock.return_units("o1") == stock.release("o1") == "wasted"
    assert stock.confirm("o1") is ReservationReturned
    assert stock.refused("o1", soup=2) is ReservationReleased
    assert stock.soup() == (8, 0)


def test_returning_held_units_releases_them(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert [stock.return_units("o1"), stock.return_units("o1")] == ["released", "released"]
    assert stock.write_off("o1") == "released"
    assert stock.soup() == (10, 0)


def test_held_units_can_be_written_off(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert stock.write_off("o1") == "wasted"
    assert stock.soup() == (8, 0)
    assert full_audit(stock.memory) == []


def test_units_without_a_reservation_are_not_found(stock: RacingStock) -> None:
    assert stock.return_units("o9") is stock.write_off("o9") is ReservationNotFound


COMMANDS: dict[str, Callable[[RacingStock, str], str | type[StockRefusal]]] = {
    "confirm": RacingStock.confirm,
    "release": RacingStock.release,
    "return": RacingStock.return_units,
    "write_off": RacingStock.write_off,
}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["reserve", *COMMANDS]), st.sampled_from(["o1", "o2", "o3"])),
        max_size=25,
    )
)
def test_no_sequence_of_commands_loses_or_invents_a_unit(steps: list[tuple[str, str]]) -> None:
    """Each order wants six of the ten units, so that two at once do not fit."""
    stock = RacingStock()
    for command, order_id in steps:
        before = stock.memory.kept.reserved.get(order_id)
        if command == "reserve":
            _reserve(stock, order_id)
        else:
            outcome = COMMANDS[command](stock, order_id)
            assert COMMANDS[command](stock, order_id) == outcome
            if isinstance(outcome, type):
                assert stock.memory.kept.reserved.get(order_id) == before
        states = [r.state.value for r in stock.memory.kept.reserved.values()]
        gone = 6 * (states.count("confirmed") + states.count("wasted"))
        assert stock.soup() == (10 - gone, 6 * states.count("held"))


def _reserve(stock: RacingStock, order_id: str) -> Reservation | type[StockRefusal]:
    known = stock.memory.kept.reserved.get(order_id)
    fits = stock.memory.kept.stock["soup"].available >= 6
    if known.state in {"held", "confirmed"} if known else fits:
        return stock.held(order_id, soup=6)
    return stock.refused(order_id, soup=6)
