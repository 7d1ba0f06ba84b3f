"""How the rows of an order or of a product are made to agree again. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gorder.stock.audit import LedgerLine, LedgerOrder, Sums, within_a_transaction
from gorder.stock.bookings import HISTORIES
from gorder.stock.model import Movement, ReservationState
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair_archive import lost_archive


class Keep(StrEnum):
    """Which rows of an order are right. The others are written from them."""

    MOVEMENTS = "movements"
    RESERVATION = "reservation"
    ORDER = "order"


SEQUENCE: Final = ("reserved", "released", "retaken", "confirmed", "returned", "wasted")
"""The kinds of movements of an order, in the sequence in which they occur."""
_STATE_AFTER: Final = {kinds: state for state, kinds in HISTORIES}


def require_known(order: LedgerOrder) -> None:
    """Check that this release knows the states and the kinds of movements, archived or not.

    Raises:
        RepairRefusal: a later release has written it.
    """
    states = {line.state for line in order.lines}
    kinds = {movement.kind for movement in order.movements}
    kinds.update(*(line.archived for line in order.lines))
    if unknown := sorted({s for s in states if s not in ReservationState} | kinds - {*SEQUENCE}):
        raise RepairRefusal(
            f"order {order.order_id} has {', '.join(unknown)}, which a later release wrote: repair "
            "it with the program and the stack of that release"
        )


def agrees(order: LedgerOrder) -> bool:
    """Return whether an audit finds nothing in an order."""
    return next(order.findings(), None) is None


def from_movements(
    order: LedgerOrder, now: datetime, differences: Sums = MappingProxyType({})
) -> LedgerOrder:
    """Return the order with lines that agree with its movements.

    Archived kinds count like movements. Lines without either are left out. A line that is missing
    has the archived kinds that its movements lack, if the archive has these units and no line. A
    time that agrees is kept. The expiry is the earliest of the lines, or `now`: the sweep looks at
    a hold that has ended, and extends it if the order is open.

    Raises:
        RepairRefusal: the movements lead to no state, or to several.
    """
    if agrees(order):
        return order
    expires_at = min((line.expires_at for line in order.lines), default=now)
    moved = {movement.product_id for movement in order.movements}
    archived = {line.product_id for line in order.lines if line.archived}
    written = [
        _line_from(order, product_id, differences, expires_at)
        for product_id in sorted(moved | archived)
    ]
    if len(states := sorted({line.state for line in written})) > 1:
        raise _refused_movements(
            order.order_id, f"the movements of its lines lead to {' and '.join(states)}"
        )
    return replace(order, lines=tuple(written))


def _line_from(
    order: LedgerOrder, product_id: str, differences: Sums, expires_at: datetime
) -> LedgerLine:
    line = next((each for each in order.lines if each.product_id == product_id), None)
    moved = [each for each in order.movements if each.product_id == product_id]
    archived = line.archived if line else _lost_archive(order, product_id, differences)
    kinds = [*archived, *(movement.kind for movement in moved)]
    state = _STATE_AFTER.get(frozenset(kinds)) if len(kinds) == len({*kinds}) else None
    if state is None:
        text = f"its movements of {product_id} are {', '.join(sorted(kinds))}: no state has these"
        raise _refused_movements(order.order_id, text)
    quantities = {movement.quantity for movement in moved} or {
        each.quantity for each in (line,) if each
    }
    if len(quantities) > 1:
        units = ", ".join(f"{movement.kind} {movement.quantity}" for movement in moved)
        raise _refused_movements(order.order_id, f"its movements of {product_id} are {units}")
    reserved_at, settled_at = _times(line, [movement.occurred_at for movement in moved])
    return LedgerLine(
        *(product_id, quantities.pop(), state, expires_at, reserved_at),
        None if state == ReservationState.HELD else settled_at,
        archived,
    )


def _times(line: LedgerLine | None, moved_at: Sequence[datetime]) -> tuple[datetime, datetime]:
    """Return when a line was reserved and settled. The times of archived movements are its own."""
    reserved_at = line.reserved_at if line else None
    if line is None or not line.archived:
        reserved_at = _kept(reserved_at, min(moved_at))
    stored = line.settled_at if line else None
    settled_at = _kept(stored, max(moved_at)) if moved_at else stored
    return reserved_at or max(moved_at), settled_at or reserved_at or max(moved_at)


def _refused_movements(order_id: str, text: str) -> RepairRefusal:
    return RepairRefusal(
        f"the movements of order {order_id} cannot be kept, because {text}: use --keep reservation"
    )


def from_reservation(
    order: LedgerOrder, state: str | None = None, differences: Sums = MappingProxyType({})
) -> LedgerOrder:
    """Return the order with movements that agree with its lines; movements of no line are left out.

    A movement and a time that agree are kept. `state` is the one that all lines get, if they have
    several.

    Raises:
        RepairRefusal: the lines have several states and `state` is none of them, or they have one
            and `state` is stated; archived movements do not lead to the state; or the movements of
            no line have a beginning that is archived.
    """
    states = sorted({line.state for line in order.lines})
    _require_state(order.order_id, states, state)
    if agrees(order):
        return order
    _require_lines_of_archive(order, differences)
    moved = _by_product(order.movements)
    lines: list[LedgerLine] = []
    movements: list[Movement] = []
    for stored in order.lines:
        expires_at = min(line.expires_at for line in order.lines)
        own = {movement.kind: movement for movement in moved.get(stored.product_id, ())}
        agreed = replace(stored, state=state or stored.state, expires_at=expires_at)
        line = _settled(agreed, own)
        lines.append(line)
        movements += _movements_of(order.order_id, line, own)
    return replace(order, lines=tuple(lines), movements=tuple(movements))


def _lost_archive(order: LedgerOrder, product_id: str, differences: Sums) -> frozenset[str]:
    moved = [each.quantity for each in order.movements if each.product_id == product_id]
    return lost_archive(order, product_id, max(moved), differences)


def _require_lines_of_archive(order: LedgerOrder, differences: Sums) -> None:
    present = {line.product_id for line in order.lines}
    moved = {each.product_id for each in order.movements}
    if archived := [
        each for each in sorted(moved - present) if _lost_archive(order, each, differences)
    ]:
        raise RepairRefusal(
            f"the first movements of {', '.join(archived)} in order {order.order_id} are archived, "
            "and there is no line of them: use --keep movements"
        )


def _require_state(order_id: str, states: Sequence[str], state: str | None) -> None:
    if len(states) > 1 and state not in states:
        raise RepairRefusal(
            f"the lines of order {order_id} are {' and '.join(states)}: choose one of these with "
            "--state, or use --keep movements"
        )
    if len(states) < 2 and state is not None:  # noqa: PLR2004 - a state and another one
        raise RepairRefusal(
            f"the lines of order {order_id} have one state: leave out --state. To settle units, "
            "use gorder stock settle"
        )


def _settled(line: LedgerLine, own: Mapping[str, Movement]) -> LedgerLine:
    """Return the line with a `settled_at` that its state allows."""
    if line.state == ReservationState.HELD:
        return replace(line, settled_at=None)
    last = max((movement.occurred_at for movement in own.values()), default=line.reserved_at)
    return replace(line, settled_at=max(line.settled_at or last, line.reserved_at))


def _movements_of(order_id: str, line: LedgerLine, own: Mapping[str, Movement]) -> list[Movement]:
    """Return the movements of a history of its state: of the one that differs least from `own`.

    Those that are archived are part of the history, and not written again.
    """
    histories = [
        kinds for state, kinds in HISTORIES if state == line.state and kinds >= line.archived
    ]
    if not histories:
        raise RepairRefusal(
            f"the archived movements of {line.product_id} in order {order_id} are "
            f"{', '.join(sorted(line.archived))}, and its reservation is {line.state}: use --keep "
            "movements"
        )
    kinds = min(histories, key=lambda each: (len((each - line.archived) ^ own.keys()), -len(each)))
    added = [kind for kind in SEQUENCE if kind in kinds - line.archived]
    settled_at = line.settled_at or line.reserved_at
    written = []
    for kind in added:
        stored = own[kind].occurred_at if kind in own else None
        if kind == added[-1]:
            occurred_at = _kept(stored, settled_at)
        elif kind == SEQUENCE[0]:
            occurred_at = _kept(stored, line.reserved_at)
        else:
            occurred_at = min(max(stored or settled_at, line.reserved_at), settled_at)
        written.append(Movement(line.product_id, kind, line.quantity, occurred_at))
    return written


def _kept(stored: datetime | None, expected: datetime) -> datetime:
    """Return the stored time if it may be one of the same transaction, or else the expected one."""
    return stored if stored and within_a_transaction(stored, expected) else expected


def _by_product(movements: Sequence[Movement]) -> dict[str, list[Movement]]:
    moved: dict[str, list[Movement]] = {}
    for movement in sorted(movements, key=lambda each: each.product_id):
        moved.setdefault(movement.product_id, []).append(movement)
    return moved
