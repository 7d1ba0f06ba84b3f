"""How a payment that Stripe states changes an order: pay for it, or be refunded."""

from dataclasses import replace
from typing import Final

from gorder.order.changes import PaymentEvents
from gorder.order.model import Order
from gorder.order.payments import Payment, RefundReason, with_payment
from gorder.order.status import ENDED, AnyStatus, Status

_ENDED_REASONS: Final[dict[AnyStatus, RefundReason]] = {
    Status.CANCELLED: RefundReason.ORDER_CANCELLED,
    Status.REFUNDED: RefundReason.ORDER_REFUNDED,
}


def wants(order: Order, payment: Payment) -> bool:
    """Return whether the payment would pay for the order: it fits, and no other one does.

    An expired order still wants its first payment; its units are free then, and may be sold.
    """
    return (
        (order.is_open or (order.status is Status.EXPIRED and not order.payments))
        and _fits(order, payment)
        and not payment.is_lost
        and order.payment is None
        and refund_reason(order, payment) is None
    )


def receive(
    order: Order,
    stated: Payment,
    events: PaymentEvents,
    *,
    has_units: bool,
    restates: bool = False,
) -> Order:
    """Record a payment, its refunds and its dispute, as Stripe states them now.

    The payment pays for the order, or gorder refunds it. The same statement again changes nothing.

    Args:
        order: the order as it is stored.
        stated: the payment, as Stripe states it.
        events: what to publish about the change.
        has_units: whether the order's units are sold to it. Counts only if it `wants` the payment.
        restates: whether to record exactly what Stripe states, for staff: without refunds and a
            dispute that Stripe does not have, and with its amount.
    """
    order.require_known_status()
    known = _recorded(order, stated)
    pays = wants(order, stated) and has_units
    reason = known.refund_reason if known else _reason_to_refund(order, stated, pays=pays)
    payments = with_payment(
        order.payments, replace(stated, refund_reason=reason), restates=restates
    )
    if payments == order.payments:
        return order
    after = replace(order, payments=payments)
    if pays:
        return after.with_status(Status.PAID, events.paid)
    if after.has_lost_its_payment and order.status not in ENDED:
        return after.with_status(Status.REFUNDED, events.refunded)
    if reason == RefundReason.OUT_OF_STOCK and order.is_open:
        after = after.with_status(Status.EXPIRED, events.expired)
    if _refund_due(after, stated) and not _refund_due(order, stated):
        after = after.publishing(events.refund_due)
    if order.is_disputed and after.may_be_cooked:
        after = after.publishing(events.paid)
    return replace(after, version=order.version + 1)


def refund_reason(order: Order, payment: Payment) -> str | None:
    """Return why gorder refunds a recorded payment; None if it does not."""
    known = _recorded(order, payment)
    return known.refund_reason if known else None


def _refund_due(order: Order, payment: Payment) -> int:
    known = _recorded(order, payment)
    return known.refund_due if known else 0


def _recorded(order: Order, stated: Payment) -> Payment | None:
    return next((payment for payment in order.payments if payment.key == stated.key), None)


def _fits(order: Order, payment: Payment) -> bool:
    return payment.currency == order.currency and payment.settles(order.amount_total)


def _reason_to_refund(order: Order, payment: Payment, *, pays: bool) -> RefundReason | None:
    """Return why a new payment is refunded, or None if it is the order's."""
    if pays:
        return None
    if ended := _ENDED_REASONS.get(order.status):
        return ended
    if order.payment:
        return RefundReason.SECOND_PAYMENT
    if not _fits(order, payment):
        return RefundReason.WRONG_AMOUNT
    if order.is_open:
        return None if payment.is_lost else RefundReason.OUT_OF_STOCK
    return RefundReason.ORDER_EXPIRED
