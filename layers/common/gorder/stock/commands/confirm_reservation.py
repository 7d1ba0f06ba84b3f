"""Turn an order's held units into sold ones."""

from gorder.contracts.stock import ConfirmReservation, ReservationSettled
from gorder.stock import replies
from gorder.stock.model import (
    Reservation,
    ReservationNotFound,
    StockRefusal,
)
from gorder.stock.ports import StockStore, StockTransaction


class ConfirmReservationHandler:
    """Sells what an order holds, once, however often it is asked."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, message: ConfirmReservation) -> ReservationSettled:
        """Confirm, or say why not.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        try:
            settled = self._store.run(lambda stock: _confirm(stock, message.order_id))
        except StockRefusal as no:
            return ReservationSettled(outcome=replies.refused(message.order_id, no))
        return ReservationSettled(outcome=replies.settled(settled))


def _confirm(stock: StockTransaction, order_id: str) -> Reservation:
    reservation = stock.reservations([order_id]).get(order_id)
    if reservation is None:
        raise ReservationNotFound(f"order {order_id} has no reservation")
    settled = reservation.confirm()
    if reservation.is_held:
        stock.settle(settled)
    return settled
