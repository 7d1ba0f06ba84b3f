"""An order's rows are written from its document."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.contracts.audit import AuditedLine
from gorder.stock.audit import LedgerLine, LedgerOrder, Sums
from gorder.stock.model import Price, ReservedLine
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair_ordered import from_document, repriced
from tests.unit.stock.test_repair import (
    LATER,
    NOON,
    PRODUCTS,
    QUANTITIES,
    SOLD,
    STATES,
    line,
    lost,
    moved,
    order,
    orders,
)


def ordered(product_id: str, quantity: int = 2) -> AuditedLine:
    return AuditedLine(product_id, product_id.title(), quantity, 450, "eur", "price_1")


@settings(deadline=None)
@given(
    rows=orders(),
    quantities=st.dictionaries(st.sampled_from(PRODUCTS), QUANTITIES, min_size=1),
    state=st.none() | st.sampled_from(STATES),
)
def test_rows_that_are_written_from_any_document_agree_with_it(
    rows: LedgerOrder, quantities: dict[str, int], state: str | None
) -> None:
    document = [ordered(*each) for each in quantities.items()]
    try:
        written = from_document(rows, document, NOON, state)
    except RepairRefusal as refusal:
        text = str(refusal)
        assert "--keep movements" in text or (state is None and "--state" in text)
        return

    assert [*written.findings()] == []
    assert {each.product_id: each.quantity for each in written.lines} == quantities
    assert {each.product_id for each in written.movements} <= quantities.keys()
    assert state is None or {each.state for each in written.lines} == {state}
    archived = {(e.product_id, e.quantity, e.state) for e in rows.lines if e.archived}
    assert archived <= {(e.product_id, e.quantity, e.state) for e in written.lines}
    assert from_document(written, document, LATER) == written


@pytest.mark.parametrize("archive", [{}, lost("bread", ["reserved", "confirmed"])])
def test_an_order_that_lost_all_its_rows_gets_them_back(archive: Sums) -> None:
    document = [ordered("soup", 3)]
    with pytest.raises(RepairRefusal, match="say with --state"):
        from_document(order([], []), document, NOON, differences=archive)

    written = from_document(order([], []), document, NOON, "confirmed", archive)

    assert written.lines == (LedgerLine("soup", 3, "confirmed", NOON, NOON, NOON),)
    assert [(each.kind, each.quantity) for each in written.movements] == [
        ("reserved", 3),
        ("confirmed", 3),
    ]


def test_a_document_is_needed_and_one_state() -> None:
    with pytest.raises(RepairRefusal, match="is not stored"):
        from_document(SOLD, (), NOON)
    several = order([line("bread"), line("soup", "released")], SOLD.movements)
    document = [ordered("bread"), ordered("soup")]
    with pytest.raises(RepairRefusal, match="are confirmed and released: say with --state"):
        from_document(several, document, NOON)

    written = from_document(several, document, NOON, "confirmed")

    assert ([*written.lines], [*written.movements]) == (SOLD.lines, SOLD.movements)


def test_units_that_were_returned_by_hand_are_sold_again() -> None:
    rows = order([line("soup", "returned")], moved("soup", "reserved", "confirmed", "returned"))

    written = from_document(rows, [ordered("soup")], NOON, "confirmed")

    assert ([*written.lines], [*written.movements]) == (
        [line("soup")],
        moved("soup", "reserved", "confirmed"),
    )


def test_a_line_that_was_not_ordered_is_left_out_with_its_movements() -> None:
    tea = order(
        [*SOLD.lines, line("tea")], [*SOLD.movements, *moved("tea", "reserved", "confirmed")]
    )

    written = from_document(tea, [ordered("bread"), ordered("soup")], NOON)

    assert ([*written.lines], [*written.movements]) == (SOLD.lines, SOLD.movements)


@pytest.mark.parametrize(
    ("document", "state"),
    [
        ([ordered("soup", 3)], None),
        ([ordered("soup")], "wasted"),
        ([ordered("bread")], "confirmed"),
    ],
)
def test_what_is_archived_of_a_line_does_not_change(
    document: list[AuditedLine], state: str | None
) -> None:
    archived = frozenset({"reserved", "confirmed"})
    rows = order([replace(line("soup", "returned"), archived=archived)], moved("soup", "returned"))

    with pytest.raises(RepairRefusal, match="movements of soup in order c1 are archived"):
        from_document(rows, document, NOON, state)
    kept = from_document(rows, [ordered("soup")], NOON)
    assert ([*kept.lines], [each.kind for each in kept.movements]) == (rows.lines, ["returned"])
    archive = lost("soup", archived, units=3)
    without = replace(rows, lines=[])
    with pytest.raises(RepairRefusal, match="are archived"):
        from_document(without, [ordered("soup", 3)], NOON, "returned", archive)
    [found] = from_document(without, [ordered("soup")], NOON, "returned", archive).lines
    assert (found.archived, found.quantity) == (archived, 2)


def test_a_name_or_a_price_that_was_not_ordered_is_rewritten() -> None:
    right = ReservedLine("soup", "Soup", 2, Price("price_1", 450, "eur"))

    assert repriced({"soup": right}, [ordered("soup"), ordered("bread")]) == {}
    for wrong in (replace(right, name="x"), replace(right, price=Price("price_1", 449, "eur"))):
        assert repriced({"soup": wrong}, [ordered("soup")]) == {"soup": right}
