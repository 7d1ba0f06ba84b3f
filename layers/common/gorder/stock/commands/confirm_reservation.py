"""Sell the units that an order holds."""

from dataclasses import dataclass

from gorder.stock.model import Reservation, ReservationState
from gorder.stock.ports import StockStore, StockTransaction
from gorder.stock.refusals import StockRefusal
from gorder.stock.settlement import existing, settle


@dataclass(frozen=True, slots=True)
class ConfirmReservation:
    """Sell the units that this order holds."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ConfirmReservationHandler:
    """Confirms a reservation. Repeating a confirmation changes nothing.

    A released reservation takes its units again, all of them or none.
    """

    store: StockStore

    def __call__(self, command: ConfirmReservation) -> Reservation | StockRefusal:
        """Return the confirmed reservation, or why it cannot be confirmed.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        attempt = self.store.try_settle(command.order_id, ReservationState.CONFIRMED)
        try:
            found = existing(attempt.reservation, command.order_id)
            if attempt.settled or not (found.is_released or found.is_held):
                return found.confirm()
            # It was released, or reserved after the attempt had begun.
            return self.store.run(lambda stock: _confirm(stock, found))
        except StockRefusal as refusal:
            return refusal


def _confirm(stock: StockTransaction, known: Reservation) -> Reservation:
    # Read the units before the reservation. A request that sees units taken by its own repetition
    # then sees that the reservation is confirmed, and is not refused for a lack of units.
    items = stock.items(known.quantities)
    return settle(
        stock,
        known.order_id,
        lambda found: found.retake(items) if found.is_released else found.confirm(),
    )
