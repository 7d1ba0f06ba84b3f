"""What a shop's owner wants to know of an order's way: how many, how much, how fast."""

from datetime import timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order, Status

_REACHED: Final = {
    Status.PENDING: "OrderPlaced",
    Status.WAITING_FOR_PAYMENT: "OrderWaitingForPayment",
    Status.PAID: "OrderPaid",
    Status.COOKED: "OrderCooked",
    Status.CANCELLED: "OrderCancelled",
    Status.EXPIRED: "OrderExpired",
    Status.REFUNDED: "OrderRefunded",
}


def record_placed(telemetry: Telemetry) -> None:
    """An order is saved for the first time."""
    telemetry.count(_REACHED[Status.PENDING])


def record_status_change(telemetry: Telemetry, before: Order, after: Order) -> None:
    """An order is saved that was another before; only a new status is of interest."""
    if after.status is before.status:
        return
    telemetry.count(_REACHED[after.status])
    if after.status is Status.PAID:
        telemetry.revenue(after.amount_total, after.currency)
        telemetry.count("UnitsSold", sum(line.quantity for line in after.lines))
        telemetry.timing("TimeToPaid", _since(after, Status.PENDING))
    elif after.status is Status.COOKED:
        telemetry.timing("TimeToCooked", _since(after, Status.PAID))


def _since(order: Order, status: Status) -> timedelta:
    """From when the order came to that status until its last change."""
    came = next(change.at for change in order.history if change.status is status)
    return order.history[-1].at - came
