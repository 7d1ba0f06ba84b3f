"""Delete old movements of settled orders, and keep their sums."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gorder.contracts.telemetry import Telemetry
from gorder.stock.audit_ports import StockArchive

if TYPE_CHECKING:
    from gorder.stock.archive import ArchivePlace

BATCH: Final = 500  # movements that are locked at a time


@dataclass(frozen=True, slots=True)
class ArchiveMovements:
    """Delete old movements of settled orders, and keep their sums."""


@dataclass(frozen=True, slots=True)
class ArchiveMovementsHandler:
    """Archives in batches, the oldest movements first. A batch is a transaction.

    Args:
        archive: the stock.
        kept: how long movements are kept after their order was settled.
        budget: when this time is over, the next run continues.
        clock: returns the time.
        telemetry: gets how many movements were archived, and for how many days others are overdue.
    """

    archive: StockArchive
    kept: timedelta
    budget: timedelta
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def __call__(self, _command: ArchiveMovements) -> None:
        """Archive what is old enough.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient; the next run continues.
            StockStoreError: a defect.
        """
        began_at = self.clock()
        before = began_at - self.kept
        place: ArchivePlace | None = None
        orders = movements = 0
        while True:
            batch = self.archive.archive(before, place, BATCH)
            orders += batch.orders
            movements += batch.movements
            self.telemetry.count("MovementsArchived", batch.movements)
            place = batch.following
            if place is None or self.clock() - began_at >= self.budget:
                break
        overdue = before - place.occurred_at if place else timedelta()
        self.telemetry.gauge("MovementsOverdueDays", overdue / timedelta(days=1))
        self.telemetry.info(
            "movements.archived", orders=orders, movements=movements, complete=place is None
        )
