"""Which movements of a line were archived, if its row does not say so any more. No I/O."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from gorder.contracts.audit import AuditedLine
from gorder.stock.archive import ARCHIVES
from gorder.stock.audit import LedgerLine, LedgerOrder, Sums
from gorder.stock.bookings import HISTORIES
from gorder.stock.model import ReservationState

_KINDS: Final = frozenset(kinds for _, kinds in HISTORIES)

type LostKinds = Mapping[str, frozenset[str]]
"""The kinds of which the archive has more units of a product than the lines of reservations."""


def lost_kinds(archived: Sums, marked: Sums) -> LostKinds:
    """Return what the archive has, and no line.

    Args:
        archived: the archived units.
        marked: the sums of the lines, by their archived kinds.
    """
    lost: dict[str, frozenset[str]] = {}
    for (product_id, kind), units in archived.items():
        if units > marked.get((product_id, kind), 0):
            lost[product_id] = lost.get(product_id, frozenset()) | {kind}
    return lost


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


def lost_archive(order: LedgerOrder, product_id: str, lost: LostKinds) -> frozenset[str]:
    """Return what was archived of a line that is missing, if its movements lack a beginning."""
    kinds = frozenset(each.kind for each in order.movements if each.product_id == product_id)
    if kinds in _KINDS:
        return frozenset()
    return archive_of(kinds, order.lines, lost.get(product_id, frozenset())) or frozenset()


def with_archive(
    order: LedgerOrder, lost: LostKinds, ordered: Collection[AuditedLine]
) -> LedgerOrder:
    """Return the order with the archived kinds of its lines put right, and ordered quantities.

    A line whose movements are a history of its state has none that is archived. A settled line has
    lost its archived kinds if its movements lack a beginning that the archive has. The quantity of
    a line without movements is that of the order's document.
    """
    moved: dict[str, set[str]] = {line.product_id: set() for line in order.lines}
    for movement in order.movements:
        moved.setdefault(movement.product_id, set()).add(movement.kind)
    quantities = {each.product_id: each.quantity for each in ordered}
    lines = []
    for stored in order.lines:
        product_id, kinds = stored.product_id, frozenset(moved[stored.product_id])
        line = _marked(stored, kinds, order.lines, lost.get(product_id, frozenset()))
        if line.archived and not kinds:
            line = replace(line, quantity=quantities.get(product_id, line.quantity))
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
