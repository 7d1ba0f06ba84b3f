"""Whatever the rows of an order are, they agree after a repair, or it is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.stock.archive import ARCHIVED_KINDS
from gorder.stock.audit import Balance, LedgerLine, LedgerOrder, Sums
from gorder.stock.bookings import HISTORIES, ORDER_EFFECTS
from gorder.stock.model import Movement, ReservationState
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import SEQUENCE, agrees, from_movements, from_reservation, require_known
from gorder.stock.repair_snapshot import StoredUnits
from gorder.stock.repair_units import moved_units, moved_with_books

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
TIMES = st.integers(-100, 100).map(lambda minutes: NOON + timedelta(minutes=minutes))
QUANTITIES = st.integers(1, 3)
PRODUCTS = ("bread", "soup", "tea")
STATES = [state.value for state in ReservationState]
ARCHIVES = st.just(frozenset[str]()) | st.frozensets(st.sampled_from(sorted(ARCHIVED_KINDS)))


def line(product_id: str, state: str = "confirmed", quantity: int = 2) -> LedgerLine:
    settled_at = None if state == "held" else LATER
    return LedgerLine(product_id, quantity, state, LATER, NOON, settled_at)


def moved(product_id: str, *kinds: str, quantity: int = 2) -> list[Movement]:
    """The movements of a product: the first at noon, the others an hour later."""
    return [
        Movement(product_id, kind, quantity, LATER if n else NOON) for n, kind in enumerate(kinds)
    ]


def order(lines: Sequence[LedgerLine], movements: Sequence[Movement]) -> LedgerOrder:
    return LedgerOrder("c1", lines, movements)


def lost(product_id: str, kinds: Iterable[str], units: int = 2) -> Sums:
    """The archive has these units, and no line."""
    return {(product_id, kind): units for kind in kinds}


SOLD = order(
    [line("bread"), line("soup")],
    [*moved("bread", "reserved", "confirmed"), *moved("soup", "reserved", "confirmed")],
)


@st.composite
def orders(draw: st.DrawFn) -> LedgerOrder:
    """Draw rows that nothing connects."""
    lines = [
        LedgerLine(
            *(product_id, draw(QUANTITIES), draw(st.sampled_from(STATES)), draw(TIMES)),
            *(draw(TIMES), draw(st.none() | TIMES), draw(ARCHIVES)),
        )
        for product_id in draw(st.sets(st.sampled_from(PRODUCTS)))
    ]
    keys = st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(SEQUENCE))
    movements = [
        Movement(product_id, kind, draw(QUANTITIES), draw(TIMES))
        for product_id, kind in draw(st.sets(keys, max_size=8))
    ]
    return order(lines, movements)


def test_every_kind_of_movement_has_its_place_in_the_sequence() -> None:
    assert sorted(SEQUENCE) == sorted(ORDER_EFFECTS)


@settings(deadline=None)
@given(orders())
def test_movements_that_are_written_from_any_reservation_agree_with_it(rows: LedgerOrder) -> None:
    states = sorted({each.state for each in rows.lines})

    try:
        written = from_reservation(rows, states[0] if len(states) > 1 else None)
    except RepairRefusal as refusal:
        assert str(refusal).endswith("use --keep movements")  # noqa: PT017 - of some rows
        return

    assert [*written.findings()] == []
    assert {each.product_id for each in written.lines} == {each.product_id for each in rows.lines}
    assert {each.state for each in written.lines} == set(states[:1])
    assert from_reservation(written) == written


@settings(deadline=None)
@given(orders())
def test_a_reservation_that_is_written_from_any_movements_agrees_with_them(
    rows: LedgerOrder,
) -> None:
    try:
        written = from_movements(rows, NOON)
    except RepairRefusal as refusal:
        assert str(refusal).endswith("use --keep reservation")  # noqa: PT017 - of any rows
        return

    assert [*written.findings()] == []
    assert written.movements == rows.movements
    assert from_movements(written, LATER) == written


@given(orders())
def test_rows_that_agree_are_not_changed(rows: LedgerOrder) -> None:
    if agrees(rows):
        assert from_movements(rows, NOON) == from_reservation(rows) == rows


@pytest.mark.parametrize(("state", "kinds"), sorted(HISTORIES, key=str))
def test_one_line_is_written_as_the_movements_have_it(state: str, kinds: frozenset[str]) -> None:
    movements = moved("soup", *(kind for kind in SEQUENCE if kind in kinds))
    settled_at = None if state == "held" else LATER
    expected = LedgerLine("soup", 2, state, NOON, NOON, settled_at)

    assert from_movements(order([], movements), NOON).lines == (expected,)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (order([], moved("soup", "confirmed")), "its movements of soup are confirmed: no state"),
        (
            order([], [*moved("soup", "reserved"), *moved("soup", "released", quantity=3)]),
            "its movements of soup are reserved 2, released 3",
        ),
        (
            order([], [*moved("soup", "reserved"), *moved("tea", "reserved", "confirmed")]),
            "the movements of its lines lead to confirmed and held",
        ),
    ],
)
def test_movements_that_make_no_sense_are_not_kept(rows: LedgerOrder, text: str) -> None:
    with pytest.raises(RepairRefusal, match=text):
        from_movements(rows, NOON)


def test_a_line_that_is_written_again_expires_as_the_others_do() -> None:
    rows = replace(SOLD, lines=[replace(SOLD.lines[0], expires_at=LATER)])

    assert [each.expires_at for each in from_movements(rows, NOON).lines] == [LATER, LATER]


def test_the_earliest_expiry_counts_because_the_sweep_can_extend_it() -> None:
    rows = replace(SOLD, lines=[replace(SOLD.lines[0], expires_at=NOON), SOLD.lines[1]])

    for written in (from_movements(rows, LATER), from_reservation(rows)):
        assert {each.expires_at for each in written.lines} == {NOON}


def test_a_movement_of_no_line_is_left_out() -> None:
    rows = replace(SOLD, movements=[*SOLD.movements, *moved("tea", "reserved")])

    assert [*from_reservation(rows).movements] == [*SOLD.movements]


def test_a_missing_movement_has_the_time_of_its_reservation() -> None:
    for kept in range(4):
        rows = replace(SOLD, movements=[SOLD.movements[kept]])
        assert [*from_reservation(rows).movements] == [*SOLD.movements]


def test_units_that_were_taken_again_stay_so() -> None:
    """Of the histories that lead to a state, the one that differs least is written."""
    again = moved("soup", "reserved", "released", "retaken", "confirmed")
    for missing in again:
        rows = order([line("soup")], [each for each in again if each is not missing])
        assert [each.kind for each in from_reservation(rows).movements] == [
            each.kind for each in again
        ]


def test_lines_of_several_states_need_a_choice() -> None:
    rows = order([line("bread"), line("soup", "released")], SOLD.movements)

    for wrong in (None, "held"):
        with pytest.raises(RepairRefusal, match="are confirmed and released: choose one"):
            from_reservation(rows, wrong)
    written = from_reservation(rows, "confirmed")
    assert ([*written.lines], [*written.movements]) == (SOLD.lines, SOLD.movements)


def test_a_state_is_not_changed_where_nothing_contradicts_it() -> None:
    with pytest.raises(RepairRefusal, match="have one state: leave out --state"):
        from_reservation(SOLD, "released")


@pytest.mark.parametrize(
    ("stored", "before", "after", "expected"),
    [
        (8, 8, 10, 10),  # the line was wrong, and the movements were written from it
        (8, 10, 8, 8),  # a movement was wrong
        (90, 50, 49, 89),  # something else is wrong
        (90, 50, 52, 90),  # it becomes less wrong
        (5, 5, 5, 5),
    ],
)
def test_units_move_with_their_books_unless_they_were_right(
    stored: int, before: int, after: int, expected: int
) -> None:
    assert moved_with_books(stored, before, after) == expected


@pytest.mark.parametrize(
    "rows",
    [
        order([line("soup", "boiled")], []),
        order([], moved("soup", "boiled")),
        order([replace(line("soup"), archived=frozenset({"reserved", "boiled"}))], []),
    ],
)
def test_an_order_of_a_later_release_is_left_alone(rows: LedgerOrder) -> None:
    with pytest.raises(RepairRefusal, match="has boiled, which a later release wrote"):
        require_known(rows)


@pytest.mark.parametrize(("moved_to", "in_catalogue"), [(8, True), (10, False)])
def test_a_product_whose_units_change_is_added_to_the_catalogue(
    moved_to: int, *, in_catalogue: bool
) -> None:
    before = Balance("soup", False, True, 10, 0, 10, 0, 0)
    after = replace(before, moved_on_hand=moved_to)

    assert moved_units(before, after) == StoredUnits("soup", in_catalogue, moved_to, 0)
