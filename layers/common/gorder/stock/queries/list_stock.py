"""The whole catalogue and its units, for the people of the house."""

from dataclasses import dataclass

from gorder.stock.model import StockItem
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class ListStock:
    """What is there?"""


class ListStockHandler:
    """Reads every product, those nobody can order too."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, _message: ListStock) -> list[StockItem]:
        """By product id.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self._store.run(lambda stock: stock.every_item())
