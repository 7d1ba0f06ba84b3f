"""Orders: their rules, and the transitions between their statuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.constraints import MAX_LINES, MAX_UNITS_PER_LINE
from gorder.order.changes import OutboxEvent
from gorder.order.errors import IllegalTransitionError, InvalidOrder
from gorder.order.lines import LineNote, items_of, merge_lines
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.status import Status
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    EVENTS,
    PAGE_URL,
    PAID,
    SESSION_ID,
    cooked,
    cooking,
    line,
    paid,
    payment,
    pending,
    refund,
    refunded,
    waiting,
    wanted,
    with_notes,
)
from tests.fakes.keys import TOKENS

LATER = NOON + timedelta(hours=1)
RETURNED = replace(payment(), refunds=(refund(),))

EXAMPLES = {
    Status.PENDING: pending(),
    Status.WAITING_FOR_PAYMENT: waiting(),
    Status.PAID: paid(),
    Status.COOKING: cooking(),
    Status.COOKED: cooked(),
    Status.CANCELLED: replace(waiting(), status=Status.CANCELLED),
    Status.EXPIRED: replace(waiting(), status=Status.EXPIRED),
    Status.REFUNDED: refunded(),
}
STAYS = "stays"
REFUSED = "refused"
RECORDED = "recorded"  # with the order, whose status stays
# The status after each operation in each status; every pair is listed.
OUTCOMES: dict[str, dict[Status, Status | str]] = {
    "await_payment": {
        Status.PENDING: Status.WAITING_FOR_PAYMENT,
        Status.WAITING_FOR_PAYMENT: STAYS,
        Status.PAID: STAYS,
        Status.COOKING: STAYS,
        Status.COOKED: STAYS,
        Status.CANCELLED: STAYS,
        Status.EXPIRED: STAYS,
        Status.REFUNDED: STAYS,
    },
    "be paid": {
        Status.PENDING: Status.PAID,
        Status.WAITING_FOR_PAYMENT: Status.PAID,
        Status.PAID: STAYS,
        Status.COOKING: STAYS,
        Status.COOKED: STAYS,
        Status.CANCELLED: RECORDED,
        Status.EXPIRED: Status.PAID,
        Status.REFUNDED: STAYS,
    },
    "be refunded": {
        Status.PENDING: Status.REFUNDED,
        Status.WAITING_FOR_PAYMENT: Status.REFUNDED,
        Status.PAID: Status.REFUNDED,
        Status.COOKING: Status.REFUNDED,
        Status.COOKED: Status.REFUNDED,
        Status.CANCELLED: RECORDED,
        Status.EXPIRED: RECORDED,
        Status.REFUNDED: STAYS,
    },
    "begin to cook": {
        Status.PENDING: STAYS,
        Status.WAITING_FOR_PAYMENT: STAYS,
        Status.PAID: Status.COOKING,
        Status.COOKING: STAYS,
        Status.COOKED: STAYS,
        Status.CANCELLED: STAYS,
        Status.EXPIRED: STAYS,
        Status.REFUNDED: STAYS,
    },
    "cook": {
        Status.PENDING: REFUSED,
        Status.WAITING_FOR_PAYMENT: REFUSED,
        Status.PAID: Status.COOKED,
        Status.COOKING: Status.COOKED,
        Status.COOKED: STAYS,
        Status.CANCELLED: REFUSED,
        Status.EXPIRED: REFUSED,
        Status.REFUNDED: STAYS,
    },
}
OPERATIONS: dict[str, Callable[[Order], Order]] = {
    "await_payment": lambda order: order.await_payment(SESSION_ID, PAGE_URL, LATER),
    "be paid": lambda order: receive(order, payment(), EVENTS, has_units=True),
    "be refunded": lambda order: receive(order, RETURNED, EVENTS, has_units=True),
    "begin to cook": lambda order: order.begin_cooking(LATER),
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
        case "recorded":
            after = OPERATIONS[operation](order)
            assert after.payments
            assert (after.status, after.version) == (order.status, order.version + 1)
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


@pytest.mark.parametrize(("currency", "most"), [("eur", 99_999_999), ("idr", 999_999_999_999)])
def test_an_order_may_cost_the_largest_amount_of_stripe_and_no_more(
    currency: str, most: int
) -> None:
    dearest = replace(line(quantity=1), unit_amount=most)

    assert _placed(dearest, currency=currency).amount_total == most
    bound = (
        f"items: the total of {most + 1} is above the maximum of {most} minor units of {currency}"
    )
    with pytest.raises(InvalidOrder, match=bound):
        _placed(replace(dearest, unit_amount=most + 1), currency=currency)


@pytest.mark.parametrize(("amount", "currency", "step"), [(1505, "kwd", 10), (1050, "isk", 100)])
def test_an_order_whose_total_breaks_the_step_is_refused(
    amount: int, currency: str, step: int
) -> None:
    odd = replace(line(quantity=1), unit_amount=amount)

    bound = f"items: the total of {amount} is not a multiple of {step} minor units of {currency}"
    with pytest.raises(InvalidOrder, match=bound):
        _placed(odd, currency=currency)
    assert _placed(replace(odd, quantity=step), currency=currency).amount_total == amount * step


def test_lines_of_one_product_are_added_up() -> None:
    merged = merge_lines(wanted(("soup", 1), ("bread", 2), ("soup", 3)))

    assert list(merged.quantities.items()) == [("soup", 4), ("bread", 2)]
    assert merged.notes == {}


def test_equal_notes_on_one_product_are_added_up() -> None:
    lines = (("soup", 1, "hot"), ("bread", 1, "hot"), ("soup", 2), ("soup", 3, "hot"))

    merged = merge_lines(wanted(*lines))

    assert merged.notes == {"soup": {"hot": 4}, "bread": {"hot": 1}}
    assert merged.notes_on("soup") == (LineNote(4, "hot"),)
    assert merged.notes_on("tea") == ()
    assert items_of(with_notes(pending()).lines) != items_of(pending().lines)


def test_the_largest_order_is_accepted() -> None:
    lines = [(f"p{n}", MAX_UNITS_PER_LINE) for n in range(MAX_LINES)]

    assert merge_lines(wanted(*lines)).quantities == dict(lines)


@pytest.mark.parametrize(
    "lines",
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
def test_lines_that_break_a_rule_are_refused(lines: list[tuple[str, int]]) -> None:
    with pytest.raises(InvalidOrder, match="items"):
        merge_lines(wanted(*lines))


def test_paying_and_cooking_add_events_to_the_outbox() -> None:
    paid_order = receive(pending(), payment(), EVENTS, has_units=True)

    assert paid_order.outbox == (CREATED, PAID)
    assert paid_order.cook(COOKED).outbox == (CREATED, PAID, COOKED)


def test_delivered_events_leave_the_outbox_and_keep_the_version() -> None:
    order = receive(pending(), payment(), EVENTS, has_units=True)

    after = order.delivered([CREATED.event_id, "unknown"])

    assert after.outbox == (PAID,)
    assert after.version == order.version


def test_the_history_never_goes_back_in_time() -> None:
    early = OutboxEvent("paid", "order.paid", NOON - timedelta(hours=1))

    events = replace(EVENTS, paid=early)

    order = receive(pending(), payment(), events, has_units=True)

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


@pytest.mark.parametrize(
    ("amount", "currency", "least"), [(49, "eur", 50), (29, "gbp", 30), (1, "jpy", 50)]
)
def test_an_order_below_the_smallest_payment_is_refused(
    amount: int, currency: str, least: int
) -> None:
    bound = (
        f"items: the total of {amount} is below the minimum of {least} minor units of {currency}"
    )
    with pytest.raises(InvalidOrder, match=bound):
        _placed(replace(line(quantity=1), unit_amount=amount), currency=currency)
