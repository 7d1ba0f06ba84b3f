"""List the orders that hold units beyond their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class OverdueReservations:
    """List at most `limit` orders whose holds ended before a time."""

    before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class OverdueReservationsHandler:
    """Finds holds that ended and were neither confirmed nor released; frees nothing."""

    store: StockStore

    def __call__(self, query: OverdueReservations) -> Sequence[str]:
        """Return the id of each order once, the longest overdue first.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: stock.overdue(query.before, query.limit))
