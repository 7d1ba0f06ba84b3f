"""Free the units that an order holds."""

from dataclasses import dataclass
from datetime import datetime

from gorder.stock.model import Reservation, ReservationState, Signature
from gorder.stock.ports import StockStore, StockTransaction
from gorder.stock.refusals import StockRefusal
from gorder.stock.settlement import existing, settle


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    """Free the units of this order; with `overdue_at`, only if the hold had ended by then.

    `signature` is that of staff.
    """

    order_id: str
    overdue_at: datetime | None = None
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReservationHandler:
    """Releases a reservation. Releasing one that holds no units changes nothing."""

    store: StockStore

    def __call__(self, command: ReleaseReservation) -> Reservation | StockRefusal:
        """Return the reservation as it is then, or why it cannot be released.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        order_id, overdue_at = command.order_id, command.overdue_at
        try:
            if command.signature is None:
                attempt = self.store.try_settle(order_id, ReservationState.RELEASED, overdue_at)
                found = existing(attempt.reservation, order_id)
                released = found.release(overdue_at)
                if not found.is_held:  # otherwise it was reserved after the attempt had begun
                    return released
            return self.store.run(lambda stock: _release(stock, command))
        except StockRefusal as refusal:
            return refusal


def _release(stock: StockTransaction, command: ReleaseReservation) -> Reservation:
    return settle(
        stock,
        command.order_id,
        lambda found: found.release(command.overdue_at),
        command.signature,
    )
