"""Sell the units that an order holds."""

from dataclasses import dataclass

from gorder.stock.model import Reservation, ReservationNotFound, StockRefusal
from gorder.stock.ports import StockStore, StockTransaction


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
        try:
            return self.store.run(lambda stock: _confirm(stock, command.order_id))
        except StockRefusal as refusal:
            return refusal


def _confirm(stock: StockTransaction, order_id: str) -> Reservation:
    reservation = stock.reservations([order_id]).get(order_id)
    if reservation is None:
        raise ReservationNotFound(f"order {order_id} has no reservation")
    confirmed = reservation.confirm()
    if reservation.is_held:
        stock.settle(confirmed)
    return confirmed
