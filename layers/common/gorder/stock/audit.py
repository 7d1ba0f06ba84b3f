"""What must agree in the stock, and what is found if it does not. No I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gorder.contracts.audit import Finding
from gorder.stock.bookings import HISTORIES, ORDER_EFFECTS
from gorder.stock.model import Movement, ReservationState

LONGEST_TRANSACTION: Final = timedelta(minutes=15)
"""No transaction is open for longer: a function ends before. Times of one transaction differ less,
and movements that are older are all visible."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The units of a product, and what they must be.

    Attributes:
        in_catalogue: whether `products` has it.
        in_stock: whether `stock` has it.
        on_hand: units, as stored in `stock`.
        held: units, as stored in `stock`.
        moved_on_hand: the sum of the movements.
        moved_held: the sum of the movements.
        reserved: the sum of the held reservations.
    """

    product_id: str
    in_catalogue: bool
    in_stock: bool
    on_hand: int
    held: int
    moved_on_hand: int
    moved_held: int
    reserved: int

    def findings(self) -> Iterator[Finding]:
        """Yield what contradicts."""
        subject = f"product {self.product_id}"
        if not self.in_catalogue:
            yield Finding("product_missing", subject, "it has units, and no row in `products`")
        if not self.in_stock:
            yield Finding("stock_row_missing", subject, "it has no row in `stock`")
        if self.on_hand != self.moved_on_hand or not self.held == self.moved_held == self.reserved:
            yield Finding(
                "units_differ",
                subject,
                f"on_hand is {self.on_hand}, and its movements add up to {self.moved_on_hand}; held"
                f" is {self.held}, its movements add up to {self.moved_held}, and its held"
                f" reservations to {self.reserved}",
            )


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row of `reservations`. `state` may be one of a later release.

    `archived` has the kinds of its movements that were deleted when they were old.
    """

    product_id: str
    quantity: int
    state: str
    expires_at: datetime
    reserved_at: datetime
    settled_at: datetime | None
    archived: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """The reservation of an order and its movements, as they are stored."""

    order_id: str
    lines: Sequence[LedgerLine]
    movements: Sequence[Movement]

    @property
    def is_of_later_release(self) -> bool:
        """Whether a later release has changed it."""
        kinds = {movement.kind for movement in self.movements}
        kinds.update(*(line.archived for line in self.lines))
        return any(line.state not in ReservationState for line in self.lines) or any(
            kind not in ORDER_EFFECTS for kind in kinds
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what contradicts; nothing of an order that a later release has changed."""
        if self.is_of_later_release:
            return
        for kind, values in (
            ("states_differ", {line.state for line in self.lines}),
            ("expiries_differ", {line.expires_at.isoformat() for line in self.lines}),
        ):
            if len(values) > 1:
                yield self._finding(kind, f"its lines have {' and '.join(sorted(values))}")
        lines = {line.product_id: line for line in self.lines}
        moved: dict[str, list[Movement]] = {}
        for movement in self.movements:
            moved.setdefault(movement.product_id, []).append(movement)
        for product_id in sorted(lines.keys() | moved.keys()):
            yield from self._of_line(product_id, lines.get(product_id), moved.get(product_id, []))

    def _of_line(
        self, product_id: str, line: LedgerLine | None, moved: Sequence[Movement]
    ) -> Iterator[Finding]:
        kinds = frozenset(movement.kind for movement in moved)
        has = f"its movements of {product_id} are {', '.join(sorted(kinds)) or 'none'}"
        if line is None:
            yield self._finding("reservation_missing", f"{has}, and there is no reservation")
            return
        if line.archived:
            has += f", and archived are {', '.join(sorted(line.archived))}"
        if (line.state, kinds | line.archived) not in HISTORIES or kinds & line.archived:
            yield self._finding("movements_differ", f"its reservation is {line.state}, and {has}")
        if any(movement.quantity != line.quantity for movement in moved):
            moves = ", ".join(f"{each.kind} {each.quantity}" for each in moved)
            yield self._finding(
                "quantities_differ",
                f"its reservation is for {line.quantity} units of {product_id}, and the movements"
                f" are {moves}",
            )
        if moved or line.archived:
            yield from self._of_times(line, [movement.occurred_at for movement in moved])

    def _of_times(self, line: LedgerLine, moved_at: Sequence[datetime]) -> Iterator[Finding]:
        if not (_reserved_then(line, moved_at) and _settled_then(line, moved_at)):
            yield self._finding(
                "times_differ",
                f"its line of {line.product_id} was reserved at {line.reserved_at.isoformat()} and"
                f" settled at {line.settled_at and line.settled_at.isoformat()}; its movements"
                f" occurred at {', '.join(time.isoformat() for time in moved_at) or 'old times'}",
            )

    def _finding(self, kind: str, text: str) -> Finding:
        return Finding(kind, f"order {self.order_id}", text)


def _reserved_then(line: LedgerLine, moved_at: Sequence[datetime]) -> bool:
    """Whether it was reserved at the first of these times. That movement may be archived."""
    return bool(line.archived) or within_a_transaction(line.reserved_at, min(moved_at))


def _settled_then(line: LedgerLine, moved_at: Sequence[datetime]) -> bool:
    """Whether it was settled at the last of these times, or is held. All may be archived."""
    if line.state == ReservationState.HELD:
        return line.settled_at is None
    if not moved_at:
        return line.settled_at is not None
    return within_a_transaction(line.settled_at, max(moved_at))


def within_a_transaction(one: datetime | None, other: datetime | None) -> bool:
    """Return whether both can be times of one transaction."""
    return one is not None and other is not None and abs(one - other) <= LONGEST_TRANSACTION


type Sums = Mapping[tuple[str, str], int]
"""Units by product and kind of movement."""


@dataclass(frozen=True, slots=True)
class AddedUp:
    """Sums of movements of the checkpoint, and of what lines have archived.

    Attributes:
        sums: of all movements up to `last`, and of the archived ones.
        last: the last movement that is in them.
        more: whether the checkpoint has more movements, or there are more orders.
        repair: the number of the last repair before the movements were read. A later one may have
            changed some of them.
        archived: the sums of the movements that were archived before. Later ones may be in `sums`
            too.
        marked: the sums of the lines by their archived kinds, up to the order `last_order`. They
            have to be those that were archived.
        last_order: the last order that is in `marked`.
    """

    sums: Sums
    last: int
    more: bool
    repair: int = 0
    archived: Sums = field(default_factory=dict)
    marked: Sums = field(default_factory=dict)
    last_order: str = ""

    @property
    def contradicted(self) -> frozenset[str]:
        """The products of which the archive has other sums than the lines."""
        return frozenset(product_id for product_id, _ in _differing(self.archived, self.marked))

    def archive_findings(self) -> Iterable[Finding]:
        """Yield the archived sums that differ from those of the lines."""
        for product_id, kind in _differing(self.archived, self.marked):
            was, is_ = (each.get((product_id, kind), 0) for each in (self.archived, self.marked))
            yield Finding(
                "archive_differs",
                f"product {product_id}",
                f"its archived movements of the kind {kind} add up to {was} units, and the lines"
                f" of reservations that have them to {is_}",
            )


def _differing(one: Sums, other: Sums) -> list[tuple[str, str]]:
    keys = sorted(one.keys() | other.keys())
    return [key for key in keys if one.get(key, 0) != other.get(key, 0)]


def checkpoint_findings(kept: Sums, actual: Sums) -> Iterable[Finding]:
    """Yield the sums of a checkpoint that differ from the movements before it."""
    for product_id, kind in _differing(kept, actual):
        was, is_ = (each.get((product_id, kind), 0) for each in (kept, actual))
        yield Finding(
            "checkpoint_differs",
            f"product {product_id}",
            f"its movements of the kind {kind} added up to {was} units when they were audited,"
            f" and now to {is_}",
        )
