"""Business metrics of an order: how many, how much, how fast."""

from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order
from gorder.order.status import AnyStatus, Status

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


def record_status_change(telemetry: Telemetry, before: Order, after: Order) -> None:
    """Count the new status of a saved order, if it is new; a paid order's money and units too."""
    if after.status == before.status:
        return
    telemetry.count(METRICS[after.status])
    if after.status is Status.PAID:
        telemetry.revenue(after.amount_total, after.currency)
        telemetry.count("UnitsSold", sum(line.quantity for line in after.lines))
        _record_time(telemetry, "TimeToPaid", after, Status.PENDING)
    elif after.status is Status.COOKED:
        _record_time(telemetry, "TimeToCooked", after, Status.PAID)


def _record_time(telemetry: Telemetry, metric: str, order: Order, since: Status) -> None:
    """Record the time from that status to the last change; nothing if the order never had it."""
    started = next((change.at for change in order.history if change.status is since), None)
    if started is not None:
        telemetry.timing(metric, order.history[-1].at - started)
