"""Sell the units that an order holds."""

from dataclasses import dataclass

from gorder.stock.model import (
    Reservation,
    ReservationNotFound,
    ReservationState,
    StockRefusal,
)
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
        attempt = self.store.try_settle(command.order_id, ReservationState.CONFIRMED)
        if attempt.settled and attempt.reservation:
            return attempt.reservation
        try:
            confirmed = _confirmed(attempt.reservation, command)
            if attempt.reservation and attempt.reservation.is_held:  # since the attempt
                return self.store.run(lambda stock: _confirm(stock, command))
        except StockRefusal as refusal:
            return refusal
        return confirmed


def _confirm(stock: StockTransaction, command: ConfirmReservation) -> Reservation:
    reservation = stock.reservations([command.order_id]).get(command.order_id)
    confirmed = _confirmed(reservation, command)
    if reservation and reservation.is_held:
        stock.settle(confirmed)
    return confirmed


def _confirmed(reservation: Reservation | None, command: ConfirmReservation) -> Reservation:
    if reservation is None:
        raise ReservationNotFound(f"order {command.order_id} has no reservation")
    return reservation.confirm()
