"""Contract of the order store: which orders it finds."""

from dataclasses import replace
from datetime import timedelta

from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.watch import resume
from tests.contract.conftest import Store
from tests.contract.stored_orders import LONG_AGO, new_order, paid_at, pay
from tests.fakes.examples import COOKED, CREATED, EVENTS, PAGE_URL, SESSION_ID, payment


def undelivered_order(minutes: float) -> Order:
    """Return an order with an outbox event of this age at LONG_AGO."""
    at = LONG_AGO - timedelta(minutes=minutes)
    return replace(new_order(), outbox=(OutboxEvent("b", "order.created", at), CREATED))


def test_orders_with_undelivered_events_are_found_oldest_first(store: Store) -> None:
    old, older, recent = (undelivered_order(minutes) for minutes in (1, 2, 0))
    delivered = undelivered_order(3).delivered(["b"])
    for order in (old, older, recent, delivered):
        store.add(order)

    assert store.undelivered(LONG_AGO, 50) == [older.order_id, old.order_id]
    assert store.undelivered(LONG_AGO, 1) == [older.order_id]

    for order in (old, older, recent):
        store.acknowledge(order.order_id, ["b"])
    assert store.undelivered(LONG_AGO, 50) == []


def test_overdue_open_orders_are_found_oldest_first(store: Store) -> None:
    at = LONG_AGO - timedelta(minutes=1)
    times = [at, at - timedelta(minutes=1), LONG_AGO]
    late, later, in_time = (new_order().retry_checkout(1, time) for time in times)
    waiting = later.await_payment(SESSION_ID, PAGE_URL, at)
    paid = pay(new_order().retry_checkout(1, at))
    closed = new_order().retry_checkout(1, at)
    closed = closed.cancel(OutboxEvent("c", "order.cancelled", at))
    for order in (late, waiting, in_time, paid, closed):
        store.add(order)

    assert store.overdue(LONG_AGO, 50) == [waiting.order_id, late.order_id]
    assert store.overdue(LONG_AGO, 1) == [waiting.order_id]


def test_orders_that_do_not_go_on_are_found_oldest_first(store: Store) -> None:
    early, late = LONG_AGO - timedelta(hours=2), LONG_AGO - timedelta(hours=1)
    paid, paid_late, fresh = (paid_at(at) for at in (early, late, LONG_AGO))
    cooked = paid_at(early).cook(replace(COOKED, occurred_at=early))
    cancelled = new_order().cancel(OutboxEvent("c", "order.cancelled", early))
    owed = receive(cancelled, payment(), EVENTS, has_units=False)
    owed = replace(owed, history=paid.history, published_at=None)
    for order in (paid_late, fresh, cooked, owed, paid):
        store.add(order)

    found = store.unfinished(LONG_AGO, 50)

    assert set(found) == {paid.order_id, paid_late.order_id, owed.order_id}
    assert found.index(paid.order_id) < found.index(paid_late.order_id)
    assert store.replace(paid, resume(paid, LONG_AGO, EVENTS))
    assert paid.order_id not in store.unfinished(LONG_AGO, 50)


def test_the_keys_of_recorded_payments_are_found(store: Store) -> None:
    paid, waiting, missing = paid_at(LONG_AGO), new_order(), new_order()
    store.add(paid)
    store.add(waiting)

    found = store.payment_keys([paid.order_id, waiting.order_id, missing.order_id])

    assert found == {paid.order_id: {payment().key}, waiting.order_id: set()}
    assert store.payment_keys([]) == {}
