"""What staff see of orders and of payments without their order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.contracts.stock import (
    MovedUnits,
    MovementsListed,
    ReservationShown,
    ReservedUnits,
)
from gorder.order.back_office_replies import unmatched_payments
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.errors import OrderUnreadableError, UnknownOrder, UnknownPayment
from gorder.order.postponement import Postponement
from gorder.order.queries.list_unmatched_payments import (
    ListUnmatchedPayments,
    ListUnmatchedPaymentsHandler,
)
from gorder.order.queries.show_order import OrderStory, ShowOrder, ShowOrderHandler
from gorder.order.status import LaterStatus
from gorder.order.stock_errors import StockUnavailableError
from gorder.order.story_replies import order_story
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    CUSTOMER_ID,
    ORDER_ID,
    SESSION_ID,
    TRACE_ID,
    cooked,
    paid,
    payment,
    refund,
    waiting,
)
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock

SHOW = ShowOrder(ORDER_ID, "trace")


def test_the_story_of_an_order_has_everything_that_is_stored() -> None:
    stated = replace(
        payment(1500), discount=165, tax=40, added=15, refunds=(refund(650),), dispute="open"
    )
    order = replace(
        cooked(),
        payments=(stated, replace(payment(1, intent="pi_2"), refund_reason="second_payment")),
        notes=(StaffNote("close_order", "ann", "The oven is broken.", NOON),),
        outbox=(OutboxEvent("e", "order.refund_due", NOON),),
    )
    moved = MovedUnits(
        product_id="soup",
        kind="wasted",
        quantity=2,
        occurred_at=NOON,
        by="ann",
        reason="Dropped.",
    )

    lines = (ReservedUnits(product_id="soup", quantity=2),)
    reservation = ReservationShown(state="confirmed", held_until=NOON, lines=lines)
    stock = MovementsListed(movements=(moved,), reservation=reservation)
    postponed = Postponement(NOON, NOON + timedelta(minutes=2))

    body = order_story(OrderStory(order, postponed, stock)).model_dump(mode="json")

    assert body["order_id"] == ORDER_ID
    assert (body["customer_id"], body["trace_id"]) == (CUSTOMER_ID, TRACE_ID)
    assert (body["status"], body["amount_total"], body["currency"]) == ("cooked", 1650, "eur")
    assert [(line["name"], line["quantity"], line["amount"]) for line in body["lines"]] == [
        ("Soup", 2, 1400),
        ("Bread", 1, 250),
    ]
    assert [change["status"] for change in body["history"]] == [
        *("pending", "waiting_for_payment", "paid", "cooking", "cooked")
    ]
    assert body["placed_at"] == body["history"][0]["at"] == "2026-11-23T12:00:00Z"
    assert (body["checkout"]["page"], body["checkout"]["attempt"]) == (SESSION_ID, 1)
    own, second = body["payments"]
    assert (own["payment"], own["pays"], own["dispute"], own["refund_due"]) == (
        *("pi_1", True, "open", 0),
    )
    assert (own["amount"], own["discount"], own["tax"], own["added"]) == (1500, 165, 40, 15)
    assert own["refunds"] == [
        {
            "refund_id": "re_1",
            "amount": 650,
            "status": "succeeded",
            "reason": "requested_by_customer",
            "by": "stripe",
            "at": "2026-11-23T12:04:00Z",
        }
    ]
    assert (second["pays"], second["refund_reason"], second["refund_due"]) == (
        *(False, "second_payment", 1),
    )
    assert body["notes"] == [
        {
            "command": "close_order",
            "by": "ann",
            "text": "The oven is broken.",
            "at": "2026-11-23T12:00:00Z",
            "amount": None,
            "refunded_before": None,
        }
    ]
    assert [event["event_type"] for event in body["undelivered_events"]] == ["order.refund_due"]
    assert body["stock_movements"] == [
        {
            "product_id": "soup",
            "kind": "wasted",
            "quantity": 2,
            "at": "2026-11-23T12:00:00Z",
            "by": "ann",
            "reason": "Dropped.",
        }
    ]
    assert body["reservation"] == {
        "state": "confirmed",
        "held_until": "2026-11-23T12:00:00Z",
        "lines": [{"product_id": "soup", "quantity": 2}],
    }
    assert body["postponed"] == {"at": "2026-11-23T12:00:00Z", "until": "2026-11-23T12:02:00Z"}


def test_the_story_is_read_from_both_stores() -> None:
    stock = MemoryStock()
    stock.reserve(ORDER_ID, paid().quantities, NOON, TRACE_ID)
    stock.confirm(ORDER_ID, TRACE_ID)

    orders = MemoryOrders(paid())
    orders.postpone(ORDER_ID, NOON)

    story = ShowOrderHandler(orders, stock)(SHOW)

    assert (story.order, story.postponed) == (paid(), orders.postponed[ORDER_ID])
    assert story.stock.reservation
    assert (story.stock.reservation.state, story.stock.reservation.held_until) == (
        *("confirmed", NOON),
    )
    assert [(m.kind, m.product_id) for m in story.stock.movements] == [
        ("confirmed", "soup"),
        ("confirmed", "bread"),
    ]


def test_an_order_of_a_later_release_is_shown() -> None:
    order = replace(waiting(), status=LaterStatus("being_delivered"))

    story = ShowOrderHandler(MemoryOrders(order), MemoryStock())(SHOW)

    assert order_story(story).status == "being_delivered"


def test_an_order_that_is_not_stored_is_refused_in_words() -> None:
    with pytest.raises(UnknownOrder, match=f"There is no order {ORDER_ID}: check its id"):
        ShowOrderHandler(MemoryOrders(), MemoryStock())(SHOW)


def test_an_order_that_cannot_be_read_is_an_error_that_names_the_fields() -> None:
    orders = MemoryOrders(paid())
    orders.unreadable.add(ORDER_ID)

    with pytest.raises(OrderUnreadableError, match="customer_id: missing"):
        ShowOrderHandler(orders, MemoryStock())(SHOW)


def test_a_story_without_its_stock_is_not_shown() -> None:
    stock = MemoryStock()
    stock.faults.on("stock.movements")

    with pytest.raises(StockUnavailableError):
        ShowOrderHandler(MemoryOrders(paid()), stock)(SHOW)


def test_payments_without_their_order_are_listed_in_pages() -> None:
    orders = MemoryOrders(paid())
    orders.keep_unmatched(ORDER_ID, payment(), NOON)
    orders.keep_unmatched("missing", payment(7, intent="pi_2"), NOON + timedelta(hours=1))
    orders.keep_unmatched("missing", payment(8, intent="pi_3"), NOON + timedelta(hours=2))
    handler = ListUnmatchedPaymentsHandler(orders)

    first = unmatched_payments(handler(ListUnmatchedPayments(2)))
    last = unmatched_payments(handler(ListUnmatchedPayments(2, first.next)))

    assert [(each.payment, each.recorded) for each in first.payments] == [
        ("pi_3", False),
        ("pi_2", False),
    ]
    assert first.next == "pi_2"
    [found] = last.payments
    assert (found.payment, found.page, found.order_id) == ("pi_1", SESSION_ID, ORDER_ID)
    assert (found.amount, found.currency, found.refunded) == (1650, "eur", 0)
    assert found.recorded
    assert last.next is None


def test_a_payment_whose_record_cannot_be_read_does_not_hide_the_others() -> None:
    orders = MemoryOrders()
    orders.keep_unmatched("missing", payment(), NOON)
    orders.keep_unmatched("missing", payment(7, intent="pi_2"), NOON + timedelta(hours=1))
    orders.unreadable_payments.add("pi_2")
    handler = ListUnmatchedPaymentsHandler(orders)

    first = unmatched_payments(handler(ListUnmatchedPayments(1)))
    last = unmatched_payments(handler(ListUnmatchedPayments(1, first.next)))

    [unreadable] = first.unreadable
    assert (first.payments, first.next, unreadable.payment) == ((), "pi_2", "pi_2")
    assert "(found_at: must be a valid datetime): gorder payments keep pi_2" in unreadable.text
    assert [each.payment for each in last.payments] == ["pi_1"]


def test_a_page_after_a_payment_that_is_not_listed_is_refused() -> None:
    with pytest.raises(UnknownPayment, match="after: no payment pi_9 is listed"):
        ListUnmatchedPaymentsHandler(MemoryOrders())(ListUnmatchedPayments(2, "pi_9"))
