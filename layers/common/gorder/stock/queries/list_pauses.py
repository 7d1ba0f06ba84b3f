"""List what is paused."""

from dataclasses import dataclass

from gorder.stock.pauses import Pauses
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class ListPauses:
    """List what is paused."""


@dataclass(frozen=True, slots=True)
class ListPausesHandler:
    """Reads the pauses that have not ended."""

    store: StockStore

    def __call__(self, _query: ListPauses) -> Pauses:
        """Return the pause of the shop and those of products.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: stock.pauses())
