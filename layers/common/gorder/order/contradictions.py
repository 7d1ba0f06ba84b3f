"""What in an order contradicts itself, whichever release wrote it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from gorder.constraints import CURRENCY_PATTERN
from gorder.order.model import Order
from gorder.order.numbers import FIRST_NUMBER, LAST_NUMBER
from gorder.order.status import TRANSITIONS, Status

_PAID = frozenset({Status.PAID, Status.COOKING, Status.COOKED})


def contradictions(order: Order) -> Iterator[str]:
    """Yield each contradiction in words. Statuses of a later release contradict nothing."""
    if not re.fullmatch(CURRENCY_PATTERN, order.currency):
        yield "its currency is not a code such as eur"
    if order.number is not None and not FIRST_NUMBER <= order.number <= LAST_NUMBER:
        yield f"its number is {order.number}, and not from {FIRST_NUMBER} to {LAST_NUMBER}"
    yield from _of_history(order)
    yield from _of_lines(order)
    yield from _of_payments(order)
    yield from not_refunded(order)


def not_refunded(order: Order) -> Iterator[str]:
    """Yield that an order has ended without its payment being refunded.

    A failed refund and a dispute, also one that was lost and then won, leave money of an ended
    order with the shop; and gorder itself refunds a payment that has a reason for it.
    """
    payment = order.payment
    if payment is None or not order.has_ended or not payment.kept:
        return
    if not payment.failed_refunds and payment.dispute is None:
        yield (
            f"it is {order.status.value}, and the shop still has {payment.kept} "
            f"{payment.currency} of {payment.key}: gorder orders refund"
        )


def _of_history(order: Order) -> Iterator[str]:
    history = order.history
    if history[-1].status != order.status:
        yield f"it is {order.status.value}, and its history ends with {history[-1].status.value}"
    for before, after in pairwise(history):
        following = TRANSITIONS.get(before.status)
        is_known = following is not None and isinstance(after.status, Status)
        if is_known and after.status not in (following or ()):
            yield f"{after.status.value} follows {before.status.value} in its history"
        if after.at < before.at:
            yield f"its history has {after.status.value} before {before.status.value}"
    if order.version < len(history):
        yield f"its version is {order.version}, and its history has {len(history)} statuses"


def _of_lines(order: Order) -> Iterator[str]:
    if len(order.quantities) < len(order.lines):
        yield "two of its lines have the same product"
    for line in order.lines:
        if line.quantity < 1 or line.unit_amount < 0:
            yield f"its line of {line.product_id} is {line.quantity} at {line.unit_amount}"
        noted = [note.quantity for note in line.notes]
        if sum(noted) > line.quantity or any(units < 1 for units in noted):
            yield (
                f"its line of {line.product_id} is {line.quantity}, with notes on "
                f"{', '.join(map(str, noted))}"
            )


def _of_payments(order: Order) -> Iterator[str]:
    payment, total = order.payment, order.amount_total
    if payment is None:
        if order.status in _PAID:
            yield f"it is {order.status.value}, and no payment pays for it"
    elif order.is_open and not payment.is_lost:
        yield f"it is {order.status.value}, and {payment.key} pays for it"
    elif payment.currency != order.currency or not payment.settles(total):
        yield (
            f"{payment.key} is {payment.amount} {payment.currency} and pays for "
            f"{total} {order.currency}"
        )
    for each in order.payments:
        if each.amount < 0 or any(refund.amount < 0 for refund in each.refunds):
            yield f"{each.key} has a negative amount"
