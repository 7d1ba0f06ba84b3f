"""Orders: their rules, and the transitions between their statuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.constraints import MAX_AMOUNT, MAX_LINES, MAX_UNITS_PER_LINE
from gorder.order.changes import OutboxEvent
from gorder.order.errors import IllegalTransitionError, InvalidOrder, PaymentMismatchError
from gorder.order.lines import merge_lines
from gorder.order.model import Order
from gorder.order.status import Status
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
from tests.fakes.keys import TOKENS

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
# The status after each operation in each status; every pair is listed.
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
def test_the_outcome_of_each_operation_in_each_status(operation: str, status: Status) -> None:
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


def test_a_new_order_is_pending_with_an_event_in_its_outbox() -> None:
    order = pending()

    assert order.status is Status.PENDING
    assert order.version == 1
    assert order.amount_total == 1650
    assert order.outbox == (CREATED,)
    assert [(change.status, change.at) for change in order.history] == [(Status.PENDING, NOON)]


def test_an_order_may_cost_the_largest_amount_of_stripe_and_no_more() -> None:
    dearest = replace(line(quantity=1), unit_amount=MAX_AMOUNT)

    assert _placed(dearest).amount_total == MAX_AMOUNT
    with pytest.raises(InvalidOrder, match=str(MAX_AMOUNT)):
        _placed(replace(dearest, unit_amount=MAX_AMOUNT + 1))


def test_lines_of_one_product_are_added_up() -> None:
    merged = merge_lines([("soup", 1), ("bread", 2), ("soup", 3)])

    assert list(merged.items()) == [("soup", 4), ("bread", 2)]


def test_the_largest_order_is_accepted() -> None:
    lines = [(f"p{n}", MAX_UNITS_PER_LINE) for n in range(MAX_LINES)]

    assert merge_lines(lines) == dict(lines)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([], id="no lines"),
        pytest.param([(f"p{n}", 1) for n in range(MAX_LINES + 1)], id="too many lines"),
        pytest.param([("soup", 0)], id="no units"),
        pytest.param([("soup", -1)], id="negative units"),
        pytest.param([("soup", MAX_UNITS_PER_LINE + 1)], id="too many units"),
        pytest.param([("soup", 600), ("soup", 401)], id="too many together"),
        pytest.param([("soup", 5), ("soup", -5)], id="no units together"),
    ],
)
def test_lines_that_break_a_rule_are_refused(wanted: list[tuple[str, int]]) -> None:
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
def test_a_payment_that_does_not_match_is_refused(order: Order, wrong: object) -> None:
    with pytest.raises(PaymentMismatchError):
        order.pay(wrong, PAID)  # type: ignore[arg-type]  # parametrize loses the type


def test_a_payment_on_any_page_is_accepted_before_the_page_is_saved() -> None:
    order = pending().pay(payment(session_id="cs_9"), PAID)

    assert order.status is Status.PAID
    assert order.payment == payment(session_id="cs_9")


def test_paying_and_cooking_add_events_to_the_outbox() -> None:
    paid_order = pending().pay(payment(), PAID)

    assert paid_order.outbox == (CREATED, PAID)
    assert paid_order.cook(COOKED).outbox == (CREATED, PAID, COOKED)


def test_delivered_events_leave_the_outbox_and_keep_the_version() -> None:
    order = pending().pay(payment(), PAID)

    after = order.delivered([CREATED.event_id, "unknown"])

    assert after.outbox == (PAID,)
    assert after.version == order.version


def test_the_history_never_goes_back_in_time() -> None:
    early = OutboxEvent("paid", "order.paid", NOON - timedelta(hours=1))

    order = pending().pay(payment(), early)

    assert [change.at for change in order.history] == [NOON, NOON]


def test_the_next_attempt_is_planned_once() -> None:
    again = pending().retry_checkout(1, LATER)

    assert (again.checkout.attempt, again.checkout.expires_at, again.version) == (2, LATER, 2)
    assert again.retry_checkout(1, LATER + timedelta(hours=1)) is again


def test_no_attempt_is_planned_for_an_order_with_a_page() -> None:
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
        token_key_id=TOKENS.key_id,
    )


@pytest.mark.parametrize(("amount", "currency"), [(50, "eur"), (30, "gbp"), (1, "xxx"), (0, "eur")])
def test_an_order_may_cost_the_smallest_amount_of_stripe(amount: int, currency: str) -> None:
    cheapest = replace(line(quantity=1), unit_amount=amount)

    assert _placed(cheapest, currency=currency).amount_total == amount


@pytest.mark.parametrize(("amount", "currency"), [(49, "eur"), (29, "gbp"), (1, "jpy")])
def test_an_order_below_the_smallest_payment_is_refused(amount: int, currency: str) -> None:
    with pytest.raises(InvalidOrder, match=f"minor units of {currency} or more"):
        _placed(replace(line(quantity=1), unit_amount=amount), currency=currency)
