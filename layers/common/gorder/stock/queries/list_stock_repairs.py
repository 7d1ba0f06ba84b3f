"""List the repairs of the stock."""

from dataclasses import dataclass

from gorder.stock.repair_ports import StockRepairs
from gorder.stock.repair_snapshot import KeptStockRepair


@dataclass(frozen=True, slots=True)
class ListStockRepairs:
    """A request of staff for `limit` repairs, those before the repair `after`."""

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class RepairPage:
    """Some of the repairs, newest first, and whether there are older ones."""

    repairs: tuple[KeptStockRepair, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ListStockRepairsHandler:
    """Reads a page of the record."""

    repairs: StockRepairs

    def __call__(self, query: ListStockRepairs) -> RepairPage:
        """Return the page.

        Raises:
            UnknownStockRepair: there is no repair `after`.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        found = self.repairs.kept(query.limit + 1, query.after)
        return RepairPage(tuple(found[: query.limit]), len(found) > query.limit)
