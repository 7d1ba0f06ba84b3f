"""Business metrics of an order: how many, how much, how fast."""

from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.model import Order
from gorder.order.payments import GORDER, DisputeState, Payment
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


_CONTESTED: Final = {DisputeState.OPEN, DisputeState.LOST}
_QUESTIONED: Final = {DisputeState.INQUIRY, *_CONTESTED}


def record_placed(telemetry: Telemetry) -> None:
    """Count an order that was saved for the first time."""
    telemetry.count(METRICS[Status.PENDING])


def record_change(telemetry: Telemetry, before: Order, after: Order) -> None:
    """Record the new status of a saved order, its money and its units, as far as they changed.

    Refunds and lost disputes lower the revenue.
    """
    if earned := after.revenue - before.revenue:
        telemetry.revenue(earned, after.currency)
    if after.status in {before.status, Status.PENDING}:  # an order that lost its page was placed
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


def record_payment(telemetry: Telemetry, before: Order, after: Order) -> None:
    """Count what is new about the order's payments and needs a look: refused, failed, disputed."""
    earlier = {payment.key: payment for payment in before.payments}
    for payment in after.payments:
        known = earlier.get(payment.key)
        if payment.refund_reason and known is None:
            telemetry.count("PaymentRefused")
            telemetry.warning("payment.refused", reason=payment.refund_reason, payment=payment.key)
        if payment.failed_refunds > (known.failed_refunds if known else 0):
            telemetry.count("RefundFailed")
            telemetry.warning("refund.failed", payment=payment.key)
        if _is_newly_disputed(known, payment):
            telemetry.count("DisputeOpened")
            telemetry.warning("dispute.opened", payment=payment.key, state=payment.dispute)
        if payment.refunds_by_gorder > (known.refunds_by_gorder if known else 0):
            telemetry.count("PaymentRefunded")
            made = [refund for refund in payment.refunds if refund.by == GORDER]
            telemetry.info("payment.refunded", payment=payment.key, reason=made[-1].reason)


def _is_newly_disputed(before: Payment | None, after: Payment) -> bool:
    """Whether the bank asks for the first time, or takes the money for the first time."""
    earlier = before.dispute if before else None
    return any(
        after.dispute in states and earlier not in states for states in (_QUESTIONED, _CONTESTED)
    )


def _record_time(telemetry: Telemetry, metric: str, order: Order, since: Status) -> None:
    """Record the time from that status to the last change; nothing if the order never had it."""
    started = next((change.at for change in order.history if change.status is since), None)
    if started is not None:
        telemetry.timing(metric, order.history[-1].at - started)
