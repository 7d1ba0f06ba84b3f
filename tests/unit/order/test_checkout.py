"""The rules for attempts to make a payment page, and the reason of an order that gorder closed."""

from datetime import timedelta

import pytest

from gorder.order.changes import OutboxEvent
from gorder.order.checkout import keep_trying, refuse, try_later
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.representation import order_body
from gorder.order.status import Status
from tests.fakes.clock import NOON
from tests.fakes.examples import EVENTS, TIME_TO_PAY, paid, payment, pending, waiting

CANCELLED = OutboxEvent("cancelled", "order.cancelled", NOON + timedelta(minutes=1))


def expired(minutes: float) -> OutboxEvent:
    return OutboxEvent("expired", "order.expired", NOON + timedelta(minutes=minutes))


def refused(*refusals: str) -> Order:
    order = pending()
    for attempt, refusal in enumerate(refusals, start=1):
        order = refuse(order, attempt, refusal, CANCELLED)
    return order


def test_a_spent_attempt_is_followed_by_one_with_the_same_expiry() -> None:
    again = keep_trying(pending(), 1)

    assert (again.checkout.attempt, again.checkout.expires_at) == (2, NOON + TIME_TO_PAY)
    assert keep_trying(again, 1) is again


@pytest.mark.parametrize(
    ("refusals", "status"),
    [
        (("a",), Status.PENDING),
        (("a", "b"), Status.PENDING),
        (("a", "b", "a"), Status.PENDING),
        (("a", "a"), Status.CANCELLED),
        (("a", "b", "b"), Status.CANCELLED),
    ],
)
def test_two_refusals_alike_in_a_row_close_the_order(
    refusals: tuple[str, ...], status: Status
) -> None:
    order = refused(*refusals)

    assert order.status is status
    assert order.checkout.expires_at == NOON + TIME_TO_PAY
    assert order.reason == (None if order.is_open else "not_payable")


def test_one_refusal_that_is_reported_twice_counts_once() -> None:
    once = refused("a")

    assert refuse(once, 1, "a", CANCELLED) is once


def test_a_spent_attempt_between_two_refusals_keeps_the_first() -> None:
    order = keep_trying(refused("a"), 2)

    assert refuse(order, 3, "a", CANCELLED).reason == "not_payable"


def test_a_page_makes_the_refusals_before_it_void() -> None:
    order = refused("a").await_payment("cs_1", "https://pay.example/cs_1", NOON)

    assert refuse(order, 2, "a", CANCELLED) is order


@pytest.mark.parametrize("order", [waiting(), paid(), refused("a", "a")])
def test_an_order_that_has_left_pending_is_neither_refused_nor_planned(order: Order) -> None:
    attempt = order.checkout.attempt

    assert refuse(order, attempt, "a", CANCELLED) is order
    assert keep_trying(order, attempt) is order
    assert try_later(order, attempt, TIME_TO_PAY, expired(60)) is order


@pytest.mark.parametrize(
    ("minutes", "time_to_pay", "left"),
    [
        (2, TIME_TO_PAY, 33),
        (15, TIME_TO_PAY, 46),
        (15.1, TIME_TO_PAY, None),
        (104, timedelta(minutes=120), 135),
        (105, timedelta(minutes=120), None),
    ],
)
def test_a_late_page_has_the_least_time_and_a_maximum_from_placing(
    minutes: float, time_to_pay: timedelta, left: int | None
) -> None:
    order = try_later(pending(), 1, time_to_pay, expired(minutes))

    if left is None:
        assert (order.status, order.reason) == (Status.EXPIRED, "no_page")
    else:
        assert order.is_open
        assert order.checkout.expires_at == NOON + timedelta(minutes=left)


@pytest.mark.parametrize(("order", "reason"), [(pending(), "no_page"), (waiting(), None)])
def test_an_order_that_expires_without_a_page_says_so(order: Order, reason: str | None) -> None:
    closed = order.expire(expired(60))

    assert closed.status is Status.EXPIRED
    assert order_body(closed).reason == closed.reason == reason


def test_an_expired_order_that_is_paid_after_all_has_no_reason() -> None:
    order = receive(pending().expire(expired(60)), payment(), EVENTS, has_units=True)

    assert (order.status, order.reason) == (Status.PAID, None)
