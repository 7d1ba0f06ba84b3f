"""The rows that a repair has found and written. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gorder.stock.audit import LedgerLine, LedgerOrder
from gorder.stock.model import Movement, ReservedLine, Signature
from gorder.stock.refusals import RepairDiffers


@dataclass(frozen=True, slots=True)
class StoredUnits:
    """The units of a product. They are None if `stock` has no row of it."""

    product_id: str
    in_catalogue: bool
    on_hand: int | None
    held: int | None


@dataclass(frozen=True, slots=True)
class SummedUnits:
    """The sum of a product's movements of a kind."""

    product_id: str
    kind: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows that a repair compares, and what it has found wrong.

    `archived` has archived sums, `sums` those that audits keep, `named` lines whose name or price
    it changes.
    """

    lines: tuple[LedgerLine, ...] = ()
    movements: tuple[Movement, ...] = ()
    units: tuple[StoredUnits, ...] = ()
    archived: tuple[SummedUnits, ...] = ()
    sums: tuple[SummedUnits, ...] = ()
    named: tuple[ReservedLine, ...] = ()


def snapshot(
    order: LedgerOrder, units: Iterable[StoredUnits], named: Iterable[ReservedLine] = ()
) -> Snapshot:
    """Return the rows of an order and the units of its products, sorted."""
    return Snapshot(
        tuple(sorted(order.lines, key=lambda line: line.product_id)),
        tuple(sorted(order.movements, key=lambda each: (each.product_id, each.kind))),
        tuple(units),
        named=tuple(sorted(named, key=lambda line: line.product_id)),
    )


@dataclass(frozen=True, slots=True)
class StockRepair:
    """A repair of `product …` or `order …`: the rows before and after it."""

    repair_id: str
    subject: str
    before: Snapshot
    after: Snapshot

    @property
    def changes(self) -> bool:
        """Whether a row was wrong."""
        return self.before != self.after

    def require_about(self, subject: str) -> None:
        """Check that a repeated request is about what the repair was about.

        Raises:
            RepairDiffers: it is about something else.
        """
        if self.subject != subject:
            raise RepairDiffers(
                f"repair {self.repair_id} has repaired {self.subject}, not {subject}: use another "
                "id for another repair"
            )


@dataclass(frozen=True, slots=True)
class KeptStockRepair:
    """A repair on record: who asked for it, why, and when it was made."""

    repair: StockRepair
    signature: Signature
    repaired_at: datetime
