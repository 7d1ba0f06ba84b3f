"""A `StockRepairs` in memory. `tests/contract` compares it with the MySQL adapter."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gorder.stock.audit import Balance, LedgerOrder, Sums
from gorder.stock.model import (
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    Signature,
    StockItem,
)
from gorder.stock.refusals import UnknownStockRepair
from gorder.stock.repair_ports import RepairTransaction
from gorder.stock.repair_snapshot import KeptStockRepair, StockRepair, StoredUnits
from tests.fakes.stock import MemoryStockStore, MemoryTransaction
from tests.fakes.stock_ledger import MemoryLedger, audited_order


class MemoryRepairs:
    """Repairs a `MemoryStockStore`, which has a state and an expiry for each reservation only."""

    def __init__(self, store: MemoryStockStore) -> None:
        self._store = store
        self.record: list[KeptStockRepair] = []

    def run[T](self, work: Callable[[RepairTransaction], T], *, dry_run: bool = False) -> T:
        rows = MemoryRepairTransaction(self._store.kept.copied(), list(self.record))
        result = work(rows)
        if not dry_run:
            self._store.kept, self.record = rows.stock, rows.record
        return result

    def kept(self, limit: int, after: str | None = None) -> Sequence[KeptStockRepair]:
        newest = self.record[::-1]
        if after is not None:
            ids = [each.repair.repair_id for each in newest]
            if after not in ids:
                raise UnknownStockRepair(after)
            newest = newest[ids.index(after) + 1 :]
        return newest[:limit]


class MemoryRepairTransaction:
    """Implements `RepairTransaction` on a copy."""

    def __init__(self, stock: MemoryTransaction, record: list[KeptStockRepair]) -> None:
        self.stock = stock
        self.record = record

    def repair(self, repair_id: str) -> StockRepair | None:
        found = (each.repair for each in self.record if each.repair.repair_id == repair_id)
        return next(found, None)

    def lock_order(self, order_id: str) -> LedgerOrder:
        return audited_order(self.stock, order_id)

    def reserved(self, order_id: str) -> Mapping[str, ReservedLine]:
        reservation = self.stock.reserved.get(order_id)
        return {line.product_id: line for line in reservation.lines} if reservation else {}

    def lock_units(self, product_ids: Iterable[str]) -> None:
        """Do nothing: there is one thread."""

    def balances(self, product_ids: Iterable[str]) -> dict[str, Balance]:
        wanted = set(product_ids)
        found = MemoryLedger(self.stock).balances()
        return {each.product_id: each for each in found if each.product_id in wanted}

    def replace_sums(self, product_id: str) -> tuple[Sums, Sums]:  # noqa: ARG002 - none are kept
        return {}, {}

    def contradicted(self) -> frozenset[str]:
        return frozenset()

    def archive(self) -> tuple[Sums, Sums]:
        return {}, {}

    def suspects_of(self, product_id: str) -> Sequence[str]:  # noqa: ARG002 - none are kept
        return []

    def write_archive(self, product_id: str) -> None:
        """Do nothing: lines have no sums beside those of the archive."""

    def products(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        return {key: item.product for key, item in self.stock.items(product_ids).items()}

    def write_order(
        self,
        before: LedgerOrder,
        after: LedgerOrder,
        named: Mapping[str, ReservedLine],
        signature: Signature,
    ) -> None:
        self.stock.signatures[before.order_id] = signature
        self.stock.moved[before.order_id] = list(after.movements)
        stored = self.stock.reserved.pop(before.order_id, None)
        if not after.lines:
            return
        known = {line.product_id: line for line in stored.lines} if stored else {}
        known |= named
        first = after.lines[0]
        self.stock.reserved[before.order_id] = Reservation(
            before.order_id,
            tuple(
                replace(known[line.product_id], quantity=line.quantity)
                for line in sorted(after.lines, key=lambda line: line.product_id)
            ),
            first.expires_at,
            ReservationState(first.state),
        )

    def write_units(self, before: Balance, after: StoredUnits) -> None:  # noqa: ARG002 - no catalogue
        key = after.product_id
        unlisted = StockItem(Product(key, key, None, active=False))
        self.stock.stock[key] = replace(
            self.stock.stock.get(key, unlisted),
            on_hand=after.on_hand or 0,
            held=after.held or 0,
        )

    def keep(self, repair: StockRepair, signature: Signature) -> None:
        self.record.append(KeptStockRepair(repair, signature, datetime.now(UTC)))
