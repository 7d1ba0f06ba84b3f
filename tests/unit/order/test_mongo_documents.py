"""Whether a stored order has the change of a write whose answer was lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bson.codec_options import CodecOptions

from gorder.order.adapters.mongo_documents import (
    Document,
    as_stored,
    has_change,
    to_document,
    to_update,
)
from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.reconciliation import receive
from gorder.order.watch import watch_at
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    CREATED,
    EVENTS,
    PAGE_URL,
    PAID,
    SESSION_ID,
    payment,
    pending,
    refund,
)

OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
BEFORE = pending().await_payment(SESSION_ID, PAGE_URL, NOON)
PAID_AT = replace(PAID, occurred_at=NOON + timedelta(microseconds=1234))


def pay(stated: Payment, paid: OutboxEvent) -> Order:
    return receive(BEFORE, stated, replace(EVENTS, paid=paid), has_units=True)


AFTER = pay(payment(), PAID_AT)
CANCELLED = BEFORE.cancel(OutboxEvent("cancelled", "order.cancelled", NOON))


def found(order: Order, **fields: object) -> bool:
    stored = as_stored(to_document(order) | fields, OPTIONS)
    return has_change(stored, BEFORE, AFTER, OPTIONS)


def test_the_own_change_is_found() -> None:
    assert found(AFTER)


def test_the_own_change_is_found_after_an_acknowledgement() -> None:
    assert found(AFTER.delivered([CREATED.event_id]))


def test_the_own_change_is_found_beside_fields_of_a_later_release() -> None:
    assert found(AFTER, later={"field": 1})


@pytest.mark.parametrize(
    "order",
    [
        BEFORE,
        CANCELLED,
        pay(payment(intent="pi_2"), PAID),
        pay(payment(), replace(PAID, event_id="of another")),
        replace(AFTER, version=AFTER.version + 1),
    ],
    ids=["none", "cancelled", "another payment", "another event", "a later version"],
)
def test_another_change_is_not_the_own(order: Order) -> None:
    assert not found(order)


def test_a_write_sets_the_time_of_the_watch_that_release_0_1_did_not_write() -> None:
    order = receive(AFTER, replace(payment(), refunds=(refund(1),)), EVENTS, has_units=False)

    update = to_update(AFTER, order)

    assert update["$set"]["watch_at"] == watch_at(order)
