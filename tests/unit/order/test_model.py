"""What an order is, and what may follow what."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.amounts import MAX_AMOUNT
from gorder.order.model import (
    MAX_LINES,
    MAX_UNITS_PER_LINE,
    IllegalTransitionError,
    InvalidOrder,
    Order,
    OutboxEvent,
    PaymentMismatchError,
    Status,
    merge_lines,
)
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    PAGE_URL,
    PAID,
    SESSION_ID,
    cooked,
    line,
    paid,
    payment,
    pending,
    waiting,
)

LATER = NOON + timedelta(hours=1)

EXAMPLES = {
    Status.PENDING: pending(),
    Status.WAITING_FOR_PAYMENT: waiting(),
    Status.PAID: paid(),
    Status.COOKED: cooked(),
    Status.CANCELLED: replace(waiting(), status=Status.CANCELLED),
    Status.EXPIRED: replace(waiting(), status=Status.EXPIRED),
    Status.REFUNDED: replace(paid(), status=Status.REFUNDED),
}
STAYS = "stays"
REFUSED = "refused"
# What each operation makes of an order in each status: every pair is here.
OUTCOMES: dict[str, dict[Status, Status | str]] = {
    "await_payment": {
        Status.PENDING: Status.WAITING_FOR_PAYMENT,
        Status.WAITING_FOR_PAYMENT: STAYS,
        Status.PAID: STAYS,
        Status.COOKED: STAYS,
        Status.CANCELLED: STAYS,
        Status.EXPIRED: STAYS,
        Status.REFUNDED: STAYS,
    },
    "pay": {
        Status.PENDING: Status.PAID,
        Status.WAITING_FOR_PAYMENT: Status.PAID,
        Status.PAID: STAYS,
        Status.COOKED: STAYS,
        Status.CANCELLED: REFUSED,
        Status.EXPIRED: REFUSED,
        Status.REFUNDED: STAYS,
    },
    "cook": {
        Status.PENDING: REFUSED,
        Status.WAITING_FOR_PAYMENT: REFUSED,
        Status.PAID: Status.COOKED,
        Status.COOKED: STAYS,
        Status.CANCELLED: REFUSED,
        Status.EXPIRED: REFUSED,
        Status.REFUNDED: REFUSED,
    },
}
OPERATIONS: dict[str, Callable[[Order], Order]] = {
    "await_payment": lambda order: order.await_payment(SESSION_ID, PAGE_URL, LATER),
    "pay": lambda order: order.pay(payment(), PAID),
    "cook": lambda order: order.cook(COOKED),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", Status)
def test_what_an_operation_makes_of_a_status(operation: str, status: Status) -> None:
    order = EXAMPLES[status]

    match OUTCOMES[operation][status]:
        case "refused":
            with pytest.raises(IllegalTransitionError):
                OPERATIONS[operation](order)
        case "stays":
            assert OPERATIONS[operation](order) is order
        case reached:
            after = OPERATIONS[operation](order)
            assert after.status is reached
            assert after.version == order.version + 1
            assert [change.status for change in after.history] == [
                *(change.status for change in order.history),
                reached,
            ]


def test_a_new_order_is_pending_and_has_something_to_tell() -> None:
    order = pending()

    assert order.status is Status.PENDING
    assert order.version == 1
    assert order.amount_total == 1650
    assert order.outbox == (CREATED,)
    assert [(change.status, change.at) for change in order.history] == [(Status.PENDING, NOON)]


def test_an_order_can_cost_what_stripe_takes_and_no_more() -> None:
    dearest = replace(line(quantity=1), unit_amount=MAX_AMOUNT)

    assert _placed(dearest).amount_total == MAX_AMOUNT
    with pytest.raises(InvalidOrder, match=str(MAX_AMOUNT)):
        _placed(replace(dearest, unit_amount=MAX_AMOUNT + 1))


def test_lines_of_one_product_are_added_up_where_it_was_first_named() -> None:
    merged = merge_lines([("soup", 1), ("bread", 2), ("soup", 3)])

    assert list(merged.items()) == [("soup", 4), ("bread", 2)]


def test_the_largest_order_is_taken() -> None:
    lines = [(f"p{n}", MAX_UNITS_PER_LINE) for n in range(MAX_LINES)]

    assert merge_lines(lines) == dict(lines)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([], id="nothing"),
        pytest.param([(f"p{n}", 1) for n in range(MAX_LINES + 1)], id="too many lines"),
        pytest.param([("soup", 0)], id="no unit"),
        pytest.param([("soup", -1)], id="less than none"),
        pytest.param([("soup", MAX_UNITS_PER_LINE + 1)], id="too many units"),
        pytest.param([("soup", 600), ("soup", 401)], id="too many together"),
        pytest.param([("soup", 5), ("soup", -5)], id="none together"),
    ],
)
def test_what_cannot_be_an_order_is_refused(wanted: list[tuple[str, int]]) -> None:
    with pytest.raises(InvalidOrder, match="items"):
        merge_lines(wanted)


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        pytest.param(waiting(), payment(amount=1649), id="too little"),
        pytest.param(waiting(), payment(amount=1651), id="too much"),
        pytest.param(waiting(), payment(currency="usd"), id="another currency"),
        pytest.param(waiting(), payment(session_id="cs_2"), id="another page"),
        pytest.param(paid(), payment(session_id="cs_2"), id="paid before, on another page"),
        pytest.param(paid(), payment(intent="pi_2"), id="paid before, by another intent"),
    ],
)
def test_money_that_does_not_fit_is_not_taken(order: Order, wrong: object) -> None:
    with pytest.raises(PaymentMismatchError):
        order.pay(wrong, PAID)  # type: ignore[arg-type]  # parametrize loses the type


def test_before_the_page_is_known_any_page_can_pay() -> None:
    order = pending().pay(payment(session_id="cs_9"), PAID)

    assert order.status is Status.PAID
    assert order.payment == payment(session_id="cs_9")


def test_paying_and_cooking_leave_something_to_tell() -> None:
    paid_order = pending().pay(payment(), PAID)

    assert paid_order.outbox == (CREATED, PAID)
    assert paid_order.cook(COOKED).outbox == (CREATED, PAID, COOKED)


def test_what_is_delivered_leaves_the_outbox_and_the_version_as_it_is() -> None:
    order = pending().pay(payment(), PAID)

    told = order.delivered([CREATED.event_id, "unknown"])

    assert told.outbox == (PAID,)
    assert told.version == order.version


def test_history_never_goes_back_in_time() -> None:
    early = OutboxEvent("paid", "order.paid", NOON - timedelta(hours=1))

    order = pending().pay(payment(), early)

    assert [change.at for change in order.history] == [NOON, NOON]


def test_a_failed_attempt_is_followed_by_the_next_once() -> None:
    again = pending().retry_checkout(1, LATER)

    assert (again.checkout.attempt, again.checkout.expires_at, again.version) == (2, LATER, 2)
    assert again.retry_checkout(1, LATER + timedelta(hours=1)) is again


def test_no_attempt_is_planned_for_an_order_that_has_its_page() -> None:
    order = waiting()

    assert order.retry_checkout(1, LATER) is order


def _placed(*lines: object, currency: str = "eur") -> Order:
    return Order.place(
        order_id="o",
        customer_id="ann",
        trace_id="t",
        lines=lines,  # type: ignore[arg-type]  # a tuple of lines
        currency=currency,
        pay_until=LATER,
        created=CREATED,
    )


@pytest.mark.parametrize(("amount", "currency"), [(50, "eur"), (30, "gbp"), (1, "xxx"), (0, "eur")])
def test_an_order_can_cost_as_little_as_stripe_takes(amount: int, currency: str) -> None:
    cheapest = replace(line(quantity=1), unit_amount=amount)

    assert _placed(cheapest, currency=currency).amount_total == amount


@pytest.mark.parametrize(("amount", "currency"), [(49, "eur"), (29, "gbp"), (1, "jpy")])
def test_an_order_that_nobody_could_pay_is_refused(amount: int, currency: str) -> None:
    with pytest.raises(InvalidOrder, match=f"minor units of {currency} or more"):
        _placed(replace(line(quantity=1), unit_amount=amount), currency=currency)
