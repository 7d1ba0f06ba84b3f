"""No change acts on an order whose status a later release has written."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gorder.errors import LaterReleaseError
from gorder.order.adapters.mongo_documents import to_update
from gorder.order.changes import OutboxEvent, PageEvents, StaffNote
from gorder.order.checkout import lose_page
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.staff import close_for_shop, end_free, noted
from gorder.order.status import LaterStatus
from gorder.order.watch import resume
from tests.fakes import examples
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    EXPIRED,
    PAID,
    payment,
    pending,
)

NEW_STATUS = "being_delivered"
PAGE_EVENTS = PageEvents(CREATED, EXPIRED)
CANCELLED = OutboxEvent("c", "order.cancelled", NOON)
NOTE = StaffNote("close_order", "ann", "The oven is broken.", NOON)
CHANGES: dict[str, Callable[[Order], Order]] = {
    "retry_checkout": lambda order: order.retry_checkout(1, NOON),
    "await_payment": lambda order: order.await_payment("cs_2", "https://pay.example/2", NOON),
    "receive": lambda order: receive(order, payment(), examples.EVENTS, has_units=True),
    "lose_page": lambda order: lose_page(order, "cs_1", NOON, PAGE_EVENTS),
    "begin_cooking": lambda order: order.begin_cooking(NOON),
    "resume": lambda order: resume(order, NOON, examples.EVENTS),
    "cook": lambda order: order.cook(COOKED),
    "cancel": lambda order: order.cancel(CANCELLED),
    "close_for_shop": lambda order: close_for_shop(order, CANCELLED, NOTE),
    "end_free": lambda order: end_free(order, examples.REFUNDED, NOTE),
    "noted": lambda order: noted(order, NOTE),
    "expire": lambda order: order.expire(OutboxEvent("e", "order.expired", NOON)),
    "wait_until": lambda order: order.wait_until(NOON),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_leaves_an_order_of_a_new_status_alone(change: str) -> None:
    order = replace(pending(), status=LaterStatus(NEW_STATUS))

    with pytest.raises(LaterReleaseError, match=NEW_STATUS):
        CHANGES[change](order)


def test_one_write_does_not_both_add_and_take_out_outbox_events() -> None:
    order = pending()

    with pytest.raises(ValueError, match="adds and takes out"):
        to_update(order, replace(order, outbox=(PAID,)))
