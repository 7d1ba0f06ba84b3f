"""Sell the units that an order holds."""

from dataclasses import dataclass

from gorder.stock.model import Reservation, ReservationState, StockRefusal
from gorder.stock.ports import StockStore
from gorder.stock.settlement import settle


@dataclass(frozen=True, slots=True)
class ConfirmReservation:
    """Sell the units that this order holds."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ConfirmReservationHandler:
    """Confirms a reservation. Repeating a confirmation changes nothing."""

    store: StockStore

    def __call__(self, command: ConfirmReservation) -> Reservation | StockRefusal:
        """Return the confirmed reservation, or why it cannot be confirmed.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return settle(self.store, command.order_id, ReservationState.CONFIRMED)
