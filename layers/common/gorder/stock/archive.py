"""Which movements of an order can be deleted once their sums are kept. No I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gorder.stock.audit import LedgerOrder
from gorder.stock.bookings import HISTORIES
from gorder.stock.model import ReservationState

ARCHIVED_KINDS: Final = frozenset({"reserved", "released", "retaken", "confirmed"})
"""The kinds that no report reads. Those by which units come back or are wasted are kept."""

ARCHIVES: Final = frozenset(
    kinds & ARCHIVED_KINDS for state, kinds in HISTORIES if state != ReservationState.HELD
)
"""The sets of kinds that a line can have archived: those of a settled order."""


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """The movement at which a batch ended."""

    occurred_at: datetime
    movement_id: int


@dataclass(frozen=True, slots=True)
class ArchivedBatch:
    """How many orders were archived and movements deleted; where the next batch begins, if any."""

    orders: int
    movements: int
    following: ArchivePlace | None


def kinds_to_archive(order: LedgerOrder, before: datetime) -> frozenset[str] | None:
    """Return the kinds of the order's movements that can go; None if all of them are kept.

    The order must have been settled before that time, and nothing in it may contradict: a movement
    that an audit has to look at is kept. What is archived is the same for all its lines, because
    they have been reserved and settled together.
    """
    is_settled = all(line.settled_at and line.settled_at < before for line in order.lines)
    is_old = all(movement.occurred_at < before for movement in order.movements)
    if (
        not (order.lines and is_settled and is_old)
        or any(line.archived for line in order.lines)
        or order.is_of_later_release
        or any(order.findings())
    ):
        return None
    by_line: dict[str, set[str]] = {}
    for movement in order.movements:
        by_line.setdefault(movement.product_id, set()).add(movement.kind)
    kinds = [frozenset(each & ARCHIVED_KINDS) for each in by_line.values()]
    return kinds[0] if len(set(kinds)) == 1 else None
