"""Which orders that have ended are said to have money of the customer, and which are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.contradictions import contradictions
from gorder.order.model import Order
from gorder.order.payments import Payment, Refund
from tests.fakes.clock import NOON
from tests.fakes.examples import EXPIRED, payment, refund, refunded, waiting

STILL = "it is refunded, and the shop still has {} eur of pi_1: gorder orders refund"


def ended(*refunds: Refund, **changes: object) -> Order:
    """Return a refunded order with the payment as a test changes it."""
    stated: Payment = replace(payment(), refunds=refunds, **changes)  # type: ignore[arg-type]
    return replace(refunded(), payments=(stated,))


@pytest.mark.parametrize(
    ("order", "left"),
    [(ended, 1650), (lambda: ended(refund(650)), 1000)],
    ids=["nothing refunded", "a part refunded"],
)
def test_money_that_was_not_refunded_is_found(order: Callable[[], Order], left: int) -> None:
    assert list(contradictions(order())) == [STILL.format(left)]


@pytest.mark.parametrize(
    "order",
    [
        refunded,
        lambda: ended(refund(1650, "pending")),
        lambda: ended(refund(1650, "failed")),
        lambda: ended(refund(650), refund(1000, "failed", number=2)),
        lambda: ended(dispute="lost", lost=1650),
        lambda: ended(refund(650), dispute="lost", lost=1000),
        lambda: ended(dispute="won"),
        lambda: ended(refund_reason="order_refunded"),
        lambda: replace(
            waiting().expire(replace(EXPIRED, occurred_at=NOON + timedelta(days=1))),
            payments=(replace(payment(), refund_reason="order_expired"),),
        ),
    ],
    ids=[
        *("refunded", "refund pending", "refund failed", "the rest failed", "dispute lost"),
        *("the rest lost", "dispute lost, then won", "refund due", "paid after it expired"),
    ],
)
def test_money_that_an_ended_order_may_have_is_not(order: Callable[[], Order]) -> None:
    assert list(contradictions(order())) == []
