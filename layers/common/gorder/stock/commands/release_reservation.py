"""Free the units that an order holds."""

from dataclasses import dataclass
from datetime import datetime

from gorder.stock.model import Reservation, ReservationState, StockRefusal
from gorder.stock.ports import StockStore
from gorder.stock.settlement import settle


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    """Free the units of this order; with `overdue_at`, only if the hold had ended by then."""

    order_id: str
    overdue_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReservationHandler:
    """Releases a reservation. Repeating a release changes nothing."""

    store: StockStore

    def __call__(self, command: ReleaseReservation) -> Reservation | StockRefusal:
        """Return the released reservation, or why it cannot be released.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return settle(self.store, command.order_id, ReservationState.RELEASED, command.overdue_at)
