"""Business metrics of an order: how many, how much, how fast."""

from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order
from gorder.order.status import OPEN, AnyStatus, Status

METRICS: Final[dict[AnyStatus, str]] = {
    Status.PENDING: "OrderPlaced",
    Status.WAITING_FOR_PAYMENT: "OrderWaitingForPayment",
    Status.PAID: "OrderPaid",
    Status.COOKING: "OrderCooking",
    Status.COOKED: "OrderCooked",
    Status.CANCELLED: "OrderCancelled",
    Status.EXPIRED: "OrderExpired",
    Status.REFUNDED: "OrderRefunded",
}


def record_placed(telemetry: Telemetry) -> None:
    """Count an order that was saved for the first time."""
    telemetry.count(METRICS[Status.PENDING])


def record_change(telemetry: Telemetry, before: Order, after: Order) -> None:
    """Record the new status of a saved order, its money and its units, as far as they changed.

    Refunds and lost disputes lower the revenue.
    """
    if earned := after.revenue - before.revenue:
        telemetry.revenue(earned, after.currency)
    if after.status == before.status:
        return
    telemetry.count(METRICS[after.status])
    units = sum(line.quantity for line in after.lines)
    match after.status:
        case Status.PAID:
            telemetry.count("UnitsSold", units)
            _record_time(telemetry, "TimeToPaid", after, Status.PENDING)
        case Status.COOKED:
            _record_time(telemetry, "TimeToCooked", after, Status.PAID)
        case Status.REFUNDED if before.status not in OPEN:
            telemetry.count("UnitsWasted" if after.was_cooked else "UnitsReturned", units)
        case _:
            pass


def _record_time(telemetry: Telemetry, metric: str, order: Order, since: Status) -> None:
    """Record the time from that status to the last change; nothing if the order never had it."""
    started = next((change.at for change in order.history if change.status is since), None)
    if started is not None:
        telemetry.timing(metric, order.history[-1].at - started)
