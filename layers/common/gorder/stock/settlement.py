"""Change the state of a reservation by the model's decision."""

from collections.abc import Callable

from gorder.stock.model import Reservation, Signature
from gorder.stock.ports import StockTransaction
from gorder.stock.refusals import ReservationNotFound


def settle(
    stock: StockTransaction,
    order_id: str,
    decide: Callable[[Reservation], Reservation],
    signature: Signature | None = None,
) -> Reservation:
    """Save the decision on the order's reservation if it changes its state, and return it.

    `signature` is that of a member of staff who asked for it.

    Raises:
        ReservationNotFound: the order has no reservation.
        StockRefusal: the decision refuses.
    """
    found = existing(stock.reservations([order_id]).get(order_id), order_id)
    settled = decide(found)
    if settled.state is not found.state:
        stock.settle(settled, found.state, signature)
    return settled


def existing(found: Reservation | None, order_id: str) -> Reservation:
    """Return what was found.

    Raises:
        ReservationNotFound: the order has no reservation.
    """
    if found is None:
        raise ReservationNotFound(f"order {order_id} has no reservation")
    return found
