"""Staff waste, return and count units, on a store that loses a race each time."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.constraints import MAX_UNITS
from gorder.stock.entry_booking import Booked
from gorder.stock.refusals import (
    EntryDiffers,
    HeldUnitsRefusal,
    StockRefusal,
    TooManyUnits,
    UnavailableUnitsRefusal,
    UnknownProductRefusal,
)
from tests.fakes.stock_ledger import full_audit
from tests.unit.stock.racing_stock import ANN, RacingStock

type Book = Callable[[RacingStock, str, str, int], Booked]
BOOK: dict[str, Book] = {
    "waste": RacingStock.waste,
    "return": RacingStock.put_back,
    "count": RacingStock.count,
}


@pytest.fixture
def stock() -> RacingStock:
    return RacingStock()


@pytest.mark.parametrize(
    ("command", "units", "on_hand"),
    [("waste", 3, 7), ("waste", 10, 0), ("return", 3, 13), ("count", 4, 4), ("count", 12, 12)],
)
def test_an_entry_is_booked_once_and_signed(
    stock: RacingStock, command: str, units: int, on_hand: int
) -> None:
    first = BOOK[command](stock, "e1", "soup", units)
    again = BOOK[command](stock, "e1", "soup", units)

    assert (first.is_new, again.is_new) == (True, False)
    assert first.entry == again.entry
    assert first.item.on_hand == again.item.on_hand == on_hand
    assert stock.soup() == (on_hand, 0)
    assert stock.memory.kept.signatures["e1"] == ANN
    assert full_audit(stock.memory) == []


def test_an_entry_books_each_product_once(stock: RacingStock) -> None:
    stock.waste("e1", "soup", 3)
    assert stock.waste("e1", "bread", 3).is_new
    assert stock.soup() == (7, 0)


def test_a_repeated_count_has_its_first_answer_though_units_have_moved(stock: RacingStock) -> None:
    agreed = stock.count("e1", "soup", 10)
    lower = stock.count("e2", "soup", 6)
    stock.receive("r2", "soup", 5)

    assert agreed.entry.difference == stock.count("e1", "soup", 10).entry.difference == 0
    assert lower.entry.difference == stock.count("e2", "soup", 6).entry.difference == -4
    assert stock.soup() == (11, 0)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (("waste", 3), ("waste", 4), "3 discarded"),
        (("waste", 3), ("return", 3), "3 discarded"),
        (("return", 3), ("count", 3), "3 restocked"),
        (("count", 7), ("waste", 3), "7 counted"),
        (("count", 7), ("count", 8), "7 counted"),
    ],
)
def test_an_entry_that_wants_another_change_is_refused(
    stock: RacingStock, first: tuple[str, int], second: tuple[str, int], text: str
) -> None:
    BOOK[first[0]](stock, "e1", "soup", first[1])
    before = stock.soup()

    with pytest.raises(EntryDiffers, match=f"entry e1 .* soup: {text}; use another entry_id"):
        BOOK[second[0]](stock, "e1", "soup", second[1])

    assert stock.soup() == before


def test_units_that_are_held_are_not_wasted(stock: RacingStock) -> None:
    stock.held("o1", soup=4)
    with pytest.raises(
        UnavailableUnitsRefusal, match=r"soup has 10 .* hold 4 of them: at most 6 .*, not 7"
    ):
        stock.waste("e1", "soup", 7)
    assert stock.waste("e1", "soup", 6).item.available == 0
    assert stock.soup() == (4, 4)


def test_fewer_units_than_are_held_cannot_be_counted(stock: RacingStock) -> None:
    stock.held("o1", soup=4)
    for dry_run in (True, False):
        with pytest.raises(HeldUnitsRefusal, match=r"hold 4 units of soup, and 3 .* pause the"):
            stock.count("e1", "soup", 3, dry_run=dry_run)
    assert stock.soup() == (10, 4)
    assert stock.count("e1", "soup", 4).entry.difference == -6
    assert stock.confirm("o1") == "confirmed"
    assert stock.soup() == (0, 0)


def test_a_dry_run_answers_the_difference_and_books_nothing(stock: RacingStock) -> None:
    dry = stock.count("e1", "soup", 7, dry_run=True)
    assert (dry.entry.difference, dry.is_new) == (-3, False)
    assert stock.soup() == (10, 0)
    assert stock.count("e1", "soup", 8).is_new
    with pytest.raises(EntryDiffers):
        stock.count("e1", "soup", 7, dry_run=True)


def test_returned_units_are_bounded(stock: RacingStock) -> None:
    with pytest.raises(TooManyUnits, match="soup has 10 units"):
        stock.put_back("e1", "soup", MAX_UNITS - 9)
    assert stock.put_back("e1", "soup", MAX_UNITS - 10).item.on_hand == MAX_UNITS
    assert not stock.put_back("e1", "soup", MAX_UNITS - 10).is_new


@pytest.mark.parametrize("command", BOOK)
def test_an_unknown_product_has_no_entries(stock: RacingStock, command: str) -> None:
    with pytest.raises(UnknownProductRefusal, match="no product ghost: synchronise"):
        BOOK[command](stock, "e1", "ghost", 1)


def test_an_entry_with_the_text_of_a_receipt_or_an_order_is_another_one(
    stock: RacingStock,
) -> None:
    stock.held("o1", soup=2)
    assert stock.waste("o1", "soup", 1).is_new
    assert stock.put_back("r1", "soup", 1).is_new
    assert [m.kind for m in stock.memory.kept.movements("o1")] == ["reserved"]
    assert not stock.receive("r1", "soup", 10)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reserve", "confirm", "release", *BOOK]),
            st.sampled_from(["x1", "x2", "x3"]),
            st.integers(1, 12),
        ),
        max_size=25,
    )
)
def test_no_sequence_of_entries_and_orders_loses_a_unit(steps: list[tuple[str, str, int]]) -> None:
    """Entries and orders have the same ids, and each step is repeated."""
    stock = RacingStock()
    for command, name, units in steps:
        for _ in range(2):
            before = stock.soup()
            try:
                _run(stock, command, name, units)
            except StockRefusal:
                assert stock.soup() == before
        on_hand, held = stock.soup()
        assert 0 <= held <= on_hand
        assert full_audit(stock.memory) == []


def _run(stock: RacingStock, command: str, name: str, units: int) -> None:
    match command:
        case "reserve":
            if name not in stock.memory.kept.reserved:
                fits = stock.memory.kept.stock["soup"].available >= units
                (stock.held if fits else stock.refused)(name, soup=units)
        case "confirm":
            stock.confirm(name)
        case "release":
            stock.release(name)
        case _:
            BOOK[command](stock, name, "soup", units)
