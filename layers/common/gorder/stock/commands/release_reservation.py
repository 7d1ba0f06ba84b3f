"""Free the units that an order holds."""

from dataclasses import dataclass
from datetime import datetime

from gorder.stock.model import (
    Reservation,
    ReservationNotFound,
    ReservationState,
    StockRefusal,
)
from gorder.stock.ports import StockStore, StockTransaction


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
        attempt = self.store.try_settle(
            command.order_id, ReservationState.RELEASED, command.overdue_at
        )
        if attempt.settled and attempt.reservation:
            return attempt.reservation
        try:
            released = _released(attempt.reservation, command)
            if attempt.reservation and attempt.reservation.is_held:  # since the attempt
                return self.store.run(lambda stock: _release(stock, command))
        except StockRefusal as refusal:
            return refusal
        return released


def _release(stock: StockTransaction, command: ReleaseReservation) -> Reservation:
    reservation = stock.reservations([command.order_id]).get(command.order_id)
    released = _released(reservation, command)
    if reservation and reservation.is_held:
        stock.settle(released)
    return released


def _released(reservation: Reservation | None, command: ReleaseReservation) -> Reservation:
    if reservation is None:
        raise ReservationNotFound(f"order {command.order_id} has no reservation")
    return reservation.release(command.overdue_at)
