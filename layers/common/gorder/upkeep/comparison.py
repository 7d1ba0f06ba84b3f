"""What orders, their reservations and their payments contradict in each other. No I/O."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from gorder.contracts.audit import (
    AuditedOrder,
    AuditedPayment,
    AuditedReservation,
    Finding,
    StatedPayment,
)

# Those of a later release are left to its audit.
_KNOWN_STATES: Final = frozenset({"held", "confirmed", "released", "returned", "wasted"})
# The units are free, or booked as waste: nothing is left to be done for the order.
_SETTLED: Final = frozenset({"released", "returned", "wasted"})


def against_reservation(
    order: AuditedOrder, reservation: AuditedReservation | None, before: datetime
) -> Iterator[Finding]:
    """Yield how an order and its reservation differ. What was changed after `before` is left out.

    A reservation is changed before or after its order, never at the same moment. An order that has
    ended without food needs none: the audit of the stock finds one that was deleted.
    """
    subject = f"order {order.order_id}"
    if order.changed_at > before:
        return
    if reservation is None:
        if order.states and order.states <= _SETTLED:
            return
        yield Finding("order_without_reservation", subject, f"it is {order.status}")
        return
    if order.lines != reservation.lines:
        products = {line.product_id for line in order.lines ^ reservation.lines}
        text = f"the order and its reservation differ in {', '.join(sorted(products))}"
        yield Finding("lines_differ", subject, text)
    if not order.states or reservation.changed_at > before:
        return
    states = set(reservation.state.split(" and "))
    if states - order.states and not states - _KNOWN_STATES:
        expected = " or ".join(sorted(order.states))
        text = f"it is {order.status}, and its units are {reservation.state}, not {expected}"
        yield Finding("states_differ", subject, text)


def without_order(reservation: AuditedReservation, before: datetime) -> Iterator[Finding]:
    """Yield a finding for a reservation whose order is not stored, unless its units are settled.

    They are freed if a request reserves and does not save its order, and staff settle others.
    """
    states = set(reservation.state.split(" and "))
    if not states <= _SETTLED and reservation.changed_at <= before:
        yield Finding(
            "reservation_without_order",
            f"reservation {reservation.order_id}",
            f"its units are {reservation.state}, and the order is not stored",
        )


def against_payment(
    order_id: str, recorded: AuditedPayment | None, stated: AuditedPayment | None
) -> Iterator[Finding]:
    """Yield how a payment is recorded with its order, and how Stripe states it."""
    if recorded is None and stated is not None:
        text = f"order {order_id} does not record this payment of {_money(stated)}"
        yield Finding("payment_not_recorded", f"payment {stated.payment}", text)
    if stated is None and recorded is not None:
        text = f"it records {recorded.payment} of {_money(recorded)}, which Stripe does not have so"
        yield Finding("payment_unknown_to_stripe", f"order {order_id}", text)
    if stated is None or recorded is None:
        return
    subject, owner = f"payment {stated.payment}", f"order {order_id}"
    if _money(recorded) != _money(stated):
        text = f"{owner} records {_money(recorded)}, and Stripe has {_money(stated)}"
        yield Finding("payment_differs", subject, text)
    for refund_id, amount in sorted(stated.refunds - recorded.refunds):
        text = f"{owner} does not record the refund {refund_id} of {amount} so"
        yield Finding("refund_not_recorded", subject, text)
    for refund_id, amount in sorted(recorded.refunds - stated.refunds):
        text = f"{owner} records the refund {refund_id} of {amount}, and Stripe does not have it so"
        yield Finding("refund_unknown_to_stripe", subject, text)
    if (recorded.dispute, recorded.lost) != (stated.dispute, stated.lost):
        text = (
            f"{owner} records the dispute {recorded.dispute} with {recorded.lost} lost, and Stripe "
            f"has {stated.dispute} with {stated.lost}"
        )
        yield Finding("dispute_differs", subject, text)


def against_record(
    stated: StatedPayment, kept: Mapping[str, AuditedPayment | None]
) -> Iterator[Finding]:
    """Yield that a payment whose order is not stored is not kept on record as Stripe states it."""
    key, record = stated.payment.payment, kept.get(stated.payment.payment)
    if key not in kept:
        wrong = "no record of the payment is kept"
    elif record is None:
        wrong = "the record of the payment cannot be read"
    elif _money(record) != _money(stated.payment):
        wrong = f"the record has {_money(record)}, and Stripe has {_money(stated.payment)}"
    else:
        return
    text = f"order {stated.order_id} is not stored, and {wrong}"
    yield Finding("payment_without_order", f"payment {key}", text)


def _money(payment: AuditedPayment) -> str:
    return f"{payment.amount} {payment.currency}"
