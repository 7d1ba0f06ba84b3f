"""List the units that an order has moved, and show its reservation."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.errors import LaterReleaseError
from gorder.stock.model import Movement, Reservation
from gorder.stock.ports import StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class ListMovements:
    """List what an order has held, bought, freed, returned or wasted."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The movements of an order, oldest first, and its reservation, if it has one."""

    movements: Sequence[Movement]
    reservation: Reservation | None


@dataclass(frozen=True, slots=True)
class ListMovementsHandler:
    """Reads the movements of an order, which only a repair changes, and its reservation."""

    store: StockStore

    def __call__(self, query: ListMovements) -> Moved:
        """Return both as they are at one time; nothing for an unknown order.

        A reservation in a state of a later release is left out.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """

        def read(stock: StockTransaction) -> Moved:
            return Moved(stock.movements(query.order_id), _reservation(stock, query.order_id))

        return self.store.run(read)


def _reservation(stock: StockTransaction, order_id: str) -> Reservation | None:
    try:
        return stock.reservations([order_id]).get(order_id)
    except LaterReleaseError:
        return None
