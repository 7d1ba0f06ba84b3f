"""Repairs rows of the stock in MySQL, one repair at a time."""

from collections.abc import Callable, Sequence
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_audit import checkpoint_of, is_current
from gorder.stock.adapters.mysql_repair_record import select_repairs
from gorder.stock.adapters.mysql_repair_rows import MysqlRepairTransaction
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.audit import AddedUp
from gorder.stock.ports import StockContentionError
from gorder.stock.repair_ports import RepairTransaction
from gorder.stock.repair_snapshot import KeptStockRepair

_PAGE: Final = 50_000  # movements that a statement adds up
_ATTEMPTS: Final = 5


class MysqlRepairs:
    """Implements `StockRepairs` on the connection of a store."""

    def __init__(self, store: MysqlStockStore) -> None:
        """Initialize without connecting."""
        self._store = store

    def run[T](self, work: Callable[[RepairTransaction], T], *, dry_run: bool = False) -> T:
        """Add up the movements of the checkpoint without a lock, then run the work under its lock.

        Raises:
            StockContentionError: it lost every race, or other repairs were made all the time.
            StockStoreUnavailableError, StockStoreError: like `StockStore.run`.
        """
        for _ in range(_ATTEMPTS):
            added_up = self._add_up()

            def transaction(cursor: Cursor, added_up: AddedUp = added_up) -> list[T]:
                checkpoint = checkpoint_of(cursor, lock=True)
                if not is_current(cursor, added_up):
                    return []
                rows = MysqlRepairTransaction(cursor, checkpoint, added_up)
                result = work(rows)
                rows.finish()
                return [result]

            if done := self._store.in_transaction(transaction, commit=not dry_run):
                return done[0]
        raise StockContentionError("other repairs were made meanwhile: repeat the command")

    def kept(self, limit: int, after: str | None = None) -> Sequence[KeptStockRepair]:
        """Select repairs. Raises what `run` raises, and UnknownStockRepair."""
        return self._store.in_transaction(lambda cursor: select_repairs(cursor, limit, after))

    def _add_up(self) -> AddedUp:
        added_up = self._store.add_up(None, _PAGE)
        while added_up.more:
            added_up = self._store.add_up(added_up, _PAGE)
        return added_up
