"""An order as an audit compares it with its units and its payments."""

from datetime import datetime

from gorder.contracts.audit import AuditedLine, AuditedOrder, AuditedPayment
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.status import Status

_FREED = frozenset({"released"})
_GIVEN_BACK = frozenset({"released", "returned"})


def audited(order: Order, changed_at: datetime | None) -> AuditedOrder:
    """Return the order's facts.

    Args:
        order: as it is stored.
        changed_at: when it was written last, if that is known.
    """
    times = [change.at for change in order.history] + [note.at for note in order.notes]
    times += [at for at in (changed_at, order.published_at) if at is not None]
    return AuditedOrder(
        order_id=order.order_id,
        status=order.status.value,
        changed_at=max(times),
        states=frozenset() if order.outbox else states_of(order),
        lines=frozenset(
            AuditedLine(
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                currency=order.currency,
                price_id=line.price_id,
            )
            for line in order.lines
        ),
        payments=tuple(map(audited_payment, _charged(order))),
    )


def states_of(order: Order) -> frozenset[str]:
    """Return the states that its units may have; empty for a status of a later release."""
    match order.status:
        case Status.PENDING | Status.WAITING_FOR_PAYMENT:
            return frozenset({"held"})
        case Status.PAID | Status.COOKING | Status.COOKED:
            return frozenset({"confirmed"})
        case Status.CANCELLED | Status.EXPIRED:
            return _GIVEN_BACK if order.payments else _FREED
        case Status.REFUNDED:
            return _GIVEN_BACK | {"wasted"}
        case _:
            return frozenset()  # a status of a later release


def _charged(order: Order) -> list[Payment]:
    return [payment for payment in order.payments if payment.payment_intent_id]


def audited_payment(payment: Payment) -> AuditedPayment:
    """Return the payment's facts."""
    refunds = ((r.refund_id, r.amount) for r in payment.refunds if not r.has_failed)
    return AuditedPayment(
        payment=payment.key,
        amount=payment.amount,
        currency=payment.currency,
        refunds=frozenset(refunds),
        dispute=payment.dispute,
        lost=payment.lost,
    )
