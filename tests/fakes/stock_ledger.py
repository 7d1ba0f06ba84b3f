"""A `StockLedger` in memory, which reads everything in every audit."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from gorder.contracts.audit import Finding
from gorder.stock.archive import ArchivedBatch, ArchivePlace, kinds_to_archive
from gorder.stock.audit import AddedUp, Balance, LedgerLine, LedgerOrder, Sums
from gorder.stock.audit_ports import StockArchive, StockLedger
from gorder.stock.model import Reservation
from gorder.stock.ports import StockStore
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.telemetry import MemoryTelemetry

if TYPE_CHECKING:
    from tests.fakes.stock import MemoryTransaction


def full_audit(store: StockLedger) -> Sequence[Finding]:
    """Return what an audit of everything finds."""
    return AuditStockHandler(store=store, telemetry=MemoryTelemetry())(AuditStock(full=True))


def findings_about(store: StockLedger, *ids: str) -> list[Finding]:
    """Return what an audit of everything finds about these products and orders."""
    return [each for each in full_audit(store) if each.subject.partition(" ")[2] in ids]


class AuditedStore(StockStore, StockLedger, StockArchive, Protocol):
    """A store that can be audited, and whose old movements can be archived."""


class MemoryLedger:
    """Implements `StockLedger` and `StockArchive` without a checkpoint."""

    def __init__(self, kept: "MemoryTransaction") -> None:
        self.kept = kept

    def advance(self, limit: int, age: timedelta) -> bool:  # noqa: ARG002 - no checkpoint
        return False

    def suspect_recent(self, after: int | None, limit: int) -> int | None:  # noqa: ARG002 - every order is suspect
        return None

    def suspect_held(self) -> None:
        """Do nothing: every order is suspect."""

    def suspect_any(self, limit: int) -> bool:  # noqa: ARG002 - every order is suspect
        return False

    def suspects(self, limit: int) -> Sequence[LedgerOrder]:
        order_ids = sorted(self.kept.reserved.keys() | self.kept.moved.keys())
        found = [audited_order(self.kept, order_id) for order_id in order_ids]
        return [order for order in found if [*order.findings()]][:limit]

    def acquit(self, order_ids: Collection[str]) -> None:
        """Do nothing: suspects are not kept."""

    def add_up(self, before: AddedUp | None, limit: int) -> AddedUp:  # noqa: ARG002 - no checkpoint
        return AddedUp({}, 0, more=False)

    def replace_checkpoint(self, added_up: AddedUp) -> tuple[Sums, Sums] | None:  # noqa: ARG002 - no checkpoint
        return {}, {}

    def archive(self, before: datetime, after: ArchivePlace | None, limit: int) -> ArchivedBatch:  # noqa: ARG002 - one batch
        orders = movements = 0
        for order_id, moved in list(self.kept.moved.items()):
            if kinds := kinds_to_archive(audited_order(self.kept, order_id), before):
                self.kept.archived[order_id] = [each for each in moved if each.kind in kinds]
                self.kept.moved[order_id] = [each for each in moved if each.kind not in kinds]
                orders += 1
                movements += len(self.kept.archived[order_id])
        return ArchivedBatch(orders, movements, following=None)

    def balances(self) -> Sequence[Balance]:
        kept = self.kept
        on_hand: Counter[str] = Counter()
        held: Counter[str] = Counter()
        reserved: Counter[str] = Counter()
        for booked in kept.received.values():
            on_hand.update(booked)
        for entry in kept.entries.values():
            on_hand[entry.product_id] += entry.difference
        for moved in (*kept.moved.values(), *kept.archived.values()):
            for each in moved:
                if each.kind in {"confirmed", "released"}:
                    held[each.product_id] -= each.quantity
                if each.kind in {"reserved", "retaken"}:
                    held[each.product_id] += each.quantity
                if each.kind in {"confirmed", "returned"}:
                    on_hand[each.product_id] += each.quantity * (
                        1 if each.kind == "returned" else -1
                    )
        for reservation in kept.reserved.values():
            if reservation.is_held:
                reserved.update(reservation.quantities)
        return [
            Balance(
                *(key, key in kept.stock, key in kept.stock),
                *((kept.stock[key].on_hand, kept.stock[key].held) if key in kept.stock else (0, 0)),
                *(on_hand[key], held[key], reserved[key]),
            )
            for key in sorted(kept.stock.keys() | on_hand.keys() | held.keys() | reserved.keys())
        ]


def audited_order(kept: "MemoryTransaction", order_id: str) -> LedgerOrder:
    """Return the rows of an order, as they are."""
    reservation = kept.reserved.get(order_id)
    moved = kept.moved.get(order_id, [])
    return LedgerOrder(order_id, _lines(reservation, kept) if reservation else [], moved)


def _lines(reservation: Reservation, kept: "MemoryTransaction") -> list[LedgerLine]:
    """Return the lines with the times of their movements: a `Reservation` has no others."""
    archived = kept.archived.get(reservation.order_id, [])
    moved = kept.moved.get(reservation.order_id, [])
    times = [each.occurred_at for each in (*archived, *moved)]
    first, last = min(times, default=reservation.expires_at), max(times, default=None)
    return [
        LedgerLine(
            *(line.product_id, line.quantity, reservation.state.value, reservation.expires_at),
            *(first, None if reservation.is_held else last),
            frozenset(each.kind for each in archived if each.product_id == line.product_id),
        )
        for line in reservation.lines
    ]
