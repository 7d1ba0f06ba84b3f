"""Lines whose movements are archived, and lines that say so wrongly."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.contracts.audit import AuditedLine
from gorder.stock.archive import ARCHIVED_KINDS
from gorder.stock.audit import LedgerLine
from gorder.stock.bookings import HISTORIES
from gorder.stock.model import ReservationState
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import SEQUENCE, agrees, from_movements, from_reservation
from gorder.stock.repair_archive import with_archive
from tests.unit.stock.test_repair import LATER, NOON, line, lost, moved, order


def test_a_movement_that_an_odd_archive_lacks_has_the_time_of_its_line() -> None:
    rows = order([replace(line("soup"), archived=frozenset({"confirmed"}))], [])

    assert agrees(from_reservation(rows))


@pytest.mark.parametrize("state", ["held", "released", "returned"])
@pytest.mark.parametrize(("quantity", "settled_at"), [(2, LATER), (5, None)])
def test_archived_movements_have_the_state_and_the_line_the_rest(
    state: str, quantity: int, settled_at: datetime | None
) -> None:
    archived = frozenset({"reserved", "confirmed"})
    rows = order([LedgerLine("soup", quantity, state, LATER, NOON, settled_at, archived)], [])

    (written,) = from_movements(rows, NOON).lines

    expected = settled_at or NOON
    assert written == LedgerLine("soup", quantity, "confirmed", LATER, NOON, expected, archived)


def test_a_reservation_that_its_archived_movements_contradict_is_not_kept() -> None:
    archived = frozenset({"reserved", "confirmed"})
    rows = order([replace(line("soup", "released"), archived=archived)], [])

    with pytest.raises(RepairRefusal, match="its reservation is released: use --keep movements"):
        from_reservation(rows)


@pytest.mark.parametrize(
    ("kinds", "archived", "state"),
    [
        (("returned",), {"reserved", "confirmed"}, "returned"),
        (("wasted",), {"reserved", "confirmed"}, "wasted"),
        (("retaken", "confirmed"), {"reserved", "released"}, "confirmed"),
        (("retaken", "confirmed", "returned"), {"reserved", "released"}, "returned"),
    ],
)
def test_a_lost_line_has_the_archived_kinds_that_its_movements_lack(
    kinds: tuple[str, ...], archived: set[str], state: str
) -> None:
    rows = order([], moved("soup", *kinds))

    (written,) = from_movements(rows, NOON, lost("soup", archived)).lines

    assert written.archived == archived
    assert (written.state, written.quantity) == (state, 2)
    with pytest.raises(RepairRefusal, match="there is no line of them: use --keep movements"):
        from_reservation(rows, differences=lost("soup", ARCHIVED_KINDS))
    if len(kinds) == 1:
        assert from_reservation(rows).movements == ()  # the archive does not have it


def test_a_lost_line_has_what_the_archive_or_another_line_has() -> None:
    again = frozenset({"reserved", "released", "retaken", "confirmed"})
    rows = order([], moved("soup", "returned"))
    bread = replace(line("bread", "returned"), archived=again)
    beside = order([bread], [*moved("bread", "returned"), *rows.movements])

    for found in (from_movements(rows, NOON, lost("soup", again)), from_movements(beside, NOON)):
        assert found.lines[-1].archived == again


@pytest.mark.parametrize(
    ("ordered", "missing", "expected"), [(3, 0, 5), (3, -2, 3), (3, -4, 3), (3, 2, 5), (7, 2, 7)]
)
def test_the_quantity_of_an_archived_line_is_that_of_the_order_if_the_archive_agrees(
    ordered: int, missing: int, expected: int
) -> None:
    archived = frozenset({"reserved", "confirmed"})
    rows = order([replace(line("soup", quantity=5), archived=archived)], [])
    document = AuditedLine("soup", "Soup", ordered, 500, "eur", "price_soup")

    [found] = with_archive(rows, lost("soup", archived, missing), [document]).lines

    assert found.quantity == expected


def test_a_line_whose_movements_were_deleted_is_not_taken_for_an_archived_one() -> None:
    rows = order([line("soup")], [])

    sold = ("reserved", "confirmed")
    for archive in (
        {},
        lost("bread", ARCHIVED_KINDS),
        lost("soup", ["released"]),
        lost("soup", sold, units=1),
    ):
        assert with_archive(rows, archive, ()).lines == rows.lines
    [found] = with_archive(rows, lost("soup", sold), ()).lines
    assert found.archived == {"reserved", "confirmed"}


@given(
    history=st.sampled_from(sorted(HISTORIES, key=str)),
    archived=st.frozensets(st.sampled_from(sorted(ARCHIVED_KINDS)), min_size=1),
)
def test_a_line_with_all_its_movements_has_none_that_is_archived(
    history: tuple[ReservationState, frozenset[str]], archived: frozenset[str]
) -> None:
    state, kinds = history
    movements = moved("soup", *(kind for kind in SEQUENCE if kind in kinds))
    wrong = order([replace(line("soup", state), archived=archived)], movements)

    known = with_archive(wrong, {}, ())

    assert known == from_movements(known, NOON) == order([line("soup", state)], movements)


def test_a_movement_beside_its_archived_one_is_left_out() -> None:
    archived = frozenset({"reserved", "confirmed"})
    rows = order([replace(line("soup"), archived=archived)], moved("soup", "reserved"))

    assert from_reservation(rows).movements == ()
