"""What can be had now, and at what price."""

from gorder.contracts.stock import CheckStock, StockChecked
from gorder.stock.ports import StockStore
from gorder.stock.replies import availability


class CheckStockHandler:
    """Reads products and their available units; holds nothing."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, message: CheckStock) -> StockChecked:
        """Answer in the sequence asked for; unknown and priceless products are left out.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        items = self._store.run(lambda stock: stock.items(message.product_ids))
        known = (items[p] for p in dict.fromkeys(message.product_ids) if p in items)
        return StockChecked(products=tuple(a for item in known if (a := availability(item))))
