"""Give an order's held units back."""

from gorder.contracts.stock import ReleaseReservation, ReservationSettled
from gorder.stock import replies
from gorder.stock.model import (
    Reservation,
    ReservationNotFound,
    StockRefusal,
)
from gorder.stock.ports import StockStore, StockTransaction


class ReleaseReservationHandler:
    """Frees what an order holds, once, however often it is asked."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, message: ReleaseReservation) -> ReservationSettled:
        """Release, or say why not.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        try:
            settled = self._store.run(lambda stock: _release(stock, message))
        except StockRefusal as no:
            return ReservationSettled(outcome=replies.refused(message.order_id, no))
        return ReservationSettled(outcome=replies.settled(settled))


def _release(stock: StockTransaction, message: ReleaseReservation) -> Reservation:
    reservation = stock.reservations([message.order_id]).get(message.order_id)
    if reservation is None:
        raise ReservationNotFound(f"order {message.order_id} has no reservation")
    settled = reservation.release(message.overdue_at)
    if reservation.is_held:
        stock.settle(settled)
    return settled
