"""List the units that an order has moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.stock.model import Movement
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class ListMovements:
    """List what an order has held, bought, freed, returned or wasted."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ListMovementsHandler:
    """Reads the movements of an order, which are never changed or deleted."""

    store: StockStore

    def __call__(self, query: ListMovements) -> Sequence[Movement]:
        """Return the movements, oldest first; none for an unknown order.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: stock.movements(query.order_id))
