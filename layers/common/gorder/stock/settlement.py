"""Confirm or release a reservation: in one attempt, or by the model's decision."""

from datetime import datetime

from gorder.stock.model import Reservation, ReservationNotFound, ReservationState, StockRefusal
from gorder.stock.ports import StockStore, StockTransaction


def settle(
    store: StockStore,
    order_id: str,
    state: ReservationState,
    overdue_at: datetime | None = None,
) -> Reservation | StockRefusal:
    """Return the reservation, confirmed or released, or why it cannot be settled.

    With `overdue_at` it is released only if the hold had ended by then.

    Raises:
        StockContentionError, StockStoreUnavailableError: transient.
        StockStoreError: a defect.
    """
    attempt = store.try_settle(order_id, state, overdue_at)
    found = attempt.reservation
    if found and attempt.settled:
        return found
    try:
        settled = _settled(found, order_id, state, overdue_at)
        if found and found.is_held:  # it was reserved after the attempt had begun
            return store.run(lambda stock: _settle(stock, order_id, state, overdue_at))
    except StockRefusal as refusal:
        return refusal
    return settled


def _settle(
    stock: StockTransaction, order_id: str, state: ReservationState, overdue_at: datetime | None
) -> Reservation:
    found = stock.reservations([order_id]).get(order_id)
    settled = _settled(found, order_id, state, overdue_at)
    if found and found.is_held:
        stock.settle(settled)
    return settled


def _settled(
    found: Reservation | None, order_id: str, state: ReservationState, overdue_at: datetime | None
) -> Reservation:
    if found is None:
        raise ReservationNotFound(f"order {order_id} has no reservation")
    if state is ReservationState.CONFIRMED:
        return found.confirm()
    return found.release(overdue_at)
