"""Which movements of a line were archived, if its row does not say so any more. No I/O."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from gorder.contracts.audit import AuditedLine
from gorder.stock.archive import ARCHIVES
from gorder.stock.audit import LedgerLine, LedgerOrder, Sums
from gorder.stock.bookings import HISTORIES
from gorder.stock.model import ReservationState

_KINDS: Final = frozenset(kinds for _, kinds in HISTORIES)


def archive_differences(archived: Sums, marked: Sums) -> Sums:
    """Return by how many units the archive differs from the lines, where it does.

    Args:
        archived: the archived units.
        marked: the sums of the lines, by their archived kinds.
    """
    keys = archived.keys() | marked.keys()
    differences = {key: archived.get(key, 0) - marked.get(key, 0) for key in keys}
    return {key: units for key, units in differences.items() if units}


def _lost_kinds(differences: Sums, product_id: str, quantity: int) -> frozenset[str]:
    """Return the kinds of which the archive has a line of this quantity more than the lines."""
    return frozenset(
        kind
        for (found, kind), units in differences.items()
        if found == product_id and units >= quantity
    )


def archive_of(
    kinds: frozenset[str],
    lines: Iterable[LedgerLine],
    lost: frozenset[str],
    among: Collection[frozenset[str]] = ARCHIVES,
) -> frozenset[str] | None:
    """Return the archived kinds that make a history with these kinds of movements.

    The order's other lines have them, or the archive has them and no line. First are those of other
    lines, then all that the archive has, then the fewest. None if there are none.
    """
    others = {line.archived for line in lines}
    fitting = [
        each
        for each in among
        if not each & kinds and each | kinds in _KINDS and (each <= lost or each in others)
    ]
    return max(fitting, key=lambda each: (each in others, each == lost, -len(each)), default=None)


def lost_archive(
    order: LedgerOrder, product_id: str, quantity: int, differences: Sums
) -> frozenset[str]:
    """Return what was archived of a line that is missing, if its movements lack a beginning."""
    kinds = frozenset(each.kind for each in order.movements if each.product_id == product_id)
    if kinds in _KINDS:
        return frozenset()
    lost = _lost_kinds(differences, product_id, quantity)
    return archive_of(kinds, order.lines, lost) or frozenset()


def with_archive(
    order: LedgerOrder, differences: Sums, ordered: Collection[AuditedLine]
) -> LedgerOrder:
    """Return the order with the archived kinds of its lines put right, and ordered quantities.

    A line whose movements are a history of its state has none that is archived. A settled line has
    lost its archived kinds if its movements lack a beginning that the archive has. The quantity of
    a line without movements is that of the order's document, if the archive has that one.
    """
    moved: dict[str, set[str]] = {line.product_id: set() for line in order.lines}
    for movement in order.movements:
        moved.setdefault(movement.product_id, set()).add(movement.kind)
    quantities = {each.product_id: each.quantity for each in ordered}
    lines = []
    for stored in order.lines:
        product_id, kinds = stored.product_id, frozenset(moved[stored.product_id])
        lost = _lost_kinds(differences, product_id, stored.quantity)
        line = _marked(stored, kinds, order.lines, lost)
        change = quantities.get(product_id, line.quantity) - line.quantity
        lacking = [differences.get((product_id, kind), 0) for kind in line.archived]
        if not kinds and all(min(units, 0) <= change <= max(units, 0) for units in lacking):
            line = replace(line, quantity=line.quantity + change)
        lines.append(line)
    return replace(order, lines=lines)


def _marked(
    line: LedgerLine, kinds: frozenset[str], lines: Iterable[LedgerLine], lost: frozenset[str]
) -> LedgerLine:
    if (line.state, kinds) in HISTORIES:
        return replace(line, archived=frozenset())
    if line.archived in ARCHIVES or line.state == ReservationState.HELD:
        return line
    had = lost | line.archived
    among = [each for each in ARCHIVES if each <= had and (line.state, each | kinds) in HISTORIES]
    return replace(line, archived=archive_of(kinds, lines, lost, among) or line.archived)
