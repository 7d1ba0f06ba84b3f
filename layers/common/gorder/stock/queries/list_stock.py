"""List the whole catalogue with its units."""

from dataclasses import dataclass

from gorder.stock.model import StockItem
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class ListStock:
    """List the whole catalogue with its units."""


@dataclass(frozen=True, slots=True)
class ListStockHandler:
    """Reads every product, including those that cannot be ordered."""

    store: StockStore

    def __call__(self, _query: ListStock) -> list[StockItem]:
        """Return the products by id.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: stock.all_items())
