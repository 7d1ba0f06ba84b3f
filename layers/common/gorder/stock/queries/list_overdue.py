"""Which orders hold units beyond their time."""

from gorder.contracts.stock import Overdue, OverdueReservations
from gorder.stock.ports import StockStore


class ListOverdueHandler:
    """Finds holds that ended and were neither confirmed nor released; frees nothing."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, message: OverdueReservations) -> Overdue:
        """Name each order once, the longest overdue first.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        found = self._store.run(lambda stock: stock.overdue(message.before, message.limit))
        return Overdue(order_ids=tuple(found))
