"""Contract of the order store, for the fake and for the MongoDB adapter."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.checkout import refuse
from gorder.order.model import Order
from gorder.order.staff import close_for_shop
from gorder.order.store_errors import OrderMissingError
from gorder.order.watch import resume
from tests.contract.conftest import Store
from tests.contract.stored_orders import new_order, pay
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    COOKED,
    CREATED,
    EVENTS,
    PAGE_URL,
    PAID,
    SESSION_ID,
    payment,
    refund,
    with_notes,
    with_number,
)

WRITERS = 8


def every_state(order: Order) -> list[Order]:
    """Return the order in every state, with and without each optional part."""
    at = NOON + timedelta(milliseconds=1)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, at)
    paid = pay(waiting)
    free = pay(order, replace(payment(), payment_intent_id=None))
    cancelled = waiting.cancel(OutboxEvent("cancelled", "order.cancelled", at))
    retried = order.retry_checkout(1, at)
    expired = retried.expire(OutboxEvent("expired", "order.expired", at))
    refunds = (refund(650), refund(1000, "failed", number=2))
    disputed = pay(order, replace(payment(), refunds=refunds, dispute="open"))
    late = pay(cancelled)
    resumed = resume(paid, NOON + timedelta(days=1), EVENTS)
    cooking = paid.begin_cooking(at)
    refused = refuse(order, 1, "inactive", OutboxEvent("cancelled", "order.cancelled", at))
    unpayable = refuse(refused, 2, "inactive", OutboxEvent("cancelled", "order.cancelled", at))
    note = StaffNote("close_order", "ann", "The oven is broken.", at)
    closed = close_for_shop(waiting, OutboxEvent("cancelled", "order.cancelled", at), note)
    return [
        order,
        with_notes(order),
        with_number(with_notes(paid)),
        retried,
        refused,
        unpayable,
        waiting,
        paid,
        free,
        cooking,
        cooking.cook(COOKED),
        cancelled,
        expired,
        disputed,
        late,
        resumed,
        closed,
    ]


@pytest.mark.parametrize("index", range(len(every_state(new_order()))))
def test_an_order_is_read_as_it_was_saved(store: Store, index: int) -> None:
    order = every_state(new_order())[index]

    store.add(order)

    assert store.get(order.order_id) == order


def test_notes_on_lines_are_removed(store: Store) -> None:
    before = with_notes(new_order())
    plain = tuple(replace(each, notes=()) for each in before.lines)
    after = replace(before, lines=plain, version=before.version + 1)
    store.add(before)

    assert store.replace(before, after)

    assert store.get(after.order_id) == after


def test_adding_an_order_again_changes_nothing(store: Store) -> None:
    order = new_order()
    first = store.add(order)

    again = store.add(replace(order, trace_id="another"))

    assert (first, again) == (True, False)
    assert store.get(order.order_id) == order


def test_getting_an_unknown_order_raises(store: Store) -> None:
    with pytest.raises(OrderMissingError, match="unknown"):
        store.get("unknown")


def test_replace_stores_the_next_state(store: Store) -> None:
    order = new_order()
    store.add(order)
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)

    assert store.replace(order, waiting)

    assert store.get(order.order_id) == waiting


def test_refunds_and_payments_that_are_taken_out_are_removed(store: Store) -> None:
    paid = pay(new_order(), replace(payment(), refunds=(refund(650), refund(5, number=2))))
    second = replace(payment(intent="pi_2"), refund_reason="second_payment")
    before = replace(paid, payments=(*paid.payments, second))
    store.add(before)
    left = replace(paid.payments[0], refunds=(refund(650),))
    after = replace(paid, payments=(left,), version=paid.version + 1)

    assert store.replace(before, after)

    assert store.get(after.order_id) == after


def test_replacing_an_outdated_state_changes_nothing(store: Store) -> None:
    order = new_order()
    waiting = order.await_payment(SESSION_ID, PAGE_URL, NOON)
    store.add(waiting)

    assert not store.replace(order, order.retry_checkout(1, NOON))

    assert store.get(order.order_id) == waiting


def test_replacing_an_unknown_order_adds_nothing(store: Store) -> None:
    order = new_order()

    assert not store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)


def test_one_of_several_concurrent_replaces_succeeds(store: Store) -> None:
    order = new_order()
    store.add(order)
    barrier = Barrier(WRITERS)

    def change(number: int) -> Order | None:
        after = order.await_payment(f"cs_{number}", f"https://pay.example/{number}", NOON)
        barrier.wait(timeout=10)
        return after if store.replace(order, after) else None

    with ThreadPoolExecutor(WRITERS) as pool:
        stored = [after for after in pool.map(change, range(WRITERS)) if after]

    assert stored == [store.get(order.order_id)]


def test_acknowledged_events_are_removed_from_the_outbox(store: Store) -> None:
    order = pay(new_order())
    store.add(order)

    store.acknowledge(order.order_id, [CREATED.event_id, "unknown"])
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.get(order.order_id) == replace(order, outbox=(PAID,))


def test_an_order_can_be_replaced_after_an_acknowledgement(store: Store) -> None:
    order = new_order()
    store.add(order)
    store.acknowledge(order.order_id, [CREATED.event_id])

    assert store.replace(order, order.await_payment(SESSION_ID, PAGE_URL, NOON))


def test_acknowledging_events_of_an_unknown_order_adds_nothing(store: Store) -> None:
    order = new_order()

    store.acknowledge(order.order_id, ["event"])

    with pytest.raises(OrderMissingError):
        store.get(order.order_id)
