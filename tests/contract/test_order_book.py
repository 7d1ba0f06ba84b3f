"""Contract of what an audit reads of the orders, on the fake and on a real server."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gorder.contracts.audit import AuditedPayment, Checkpoint
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.changes import OutboxEvent
from gorder.order.model import Order
from gorder.upkeep.ports import OrderBook
from tests.contract.conftest import Store
from tests.contract.stored_orders import LONG_AGO, new_order, paid_at, pay
from tests.fakes.audit import MemoryOrderBook
from tests.fakes.clock import NOON
from tests.fakes.examples import payment, refund
from tests.fakes.orders import MemoryOrders


@pytest.fixture
def book(store: Store) -> OrderBook:
    return MemoryOrderBook(store) if isinstance(store, MemoryOrders) else MongoOrderBook(store)


def test_pages_have_every_order_once(store: Store, book: OrderBook) -> None:
    first = uuid4().hex
    orders = [replace(new_order(), order_id=f"{first}-{n}") for n in range(5)]
    for order in orders:
        store.add(order)

    found: list[str] = []
    after: str | None = first
    while after is not None and len(found) < 5:
        page = book.page(after, 2)
        assert page.count == len(page.orders)
        found += [order.order_id for order in page.orders]
        after = page.next

    assert found[:5] == [order.order_id for order in orders]
    assert book.page("zzz", 2).next is None


def test_an_order_has_its_facts(store: Store, book: OrderBook) -> None:
    returned = replace(payment(), refunds=(refund(100), refund(50, "failed", 2)), dispute="lost")
    order = pay(pay(new_order()), replace(returned, lost=20))
    store.add(order)

    [found] = book.named([order.order_id]).orders

    [recorded] = found.payments
    assert (recorded.payment, recorded.amount, recorded.currency) == ("pi_1", 1650, "eur")
    assert recorded.refunds == {("re_1", 100)}
    assert (recorded.dispute, recorded.lost) == ("lost", 20)
    assert {(line.product_id, line.quantity, line.unit_amount) for line in found.lines} == {
        ("soup", 2, 700),
        ("bread", 1, 250),
    }
    assert found.states == frozenset()  # an event is still to be published


def test_states_follow_from_the_status(store: Store, book: OrderBook) -> None:
    cancelled = new_order().cancel(OutboxEvent("c", "order.cancelled", NOON))
    orders = [new_order(), paid_at(LONG_AGO), cancelled]
    orders = [order.delivered([event.event_id for event in order.outbox]) for order in orders]
    for order in orders:
        store.add(order)

    states = {o.order_id: o.states for o in book.named([o.order_id for o in orders]).orders}

    assert [states[order.order_id] for order in orders] == [{"held"}, {"confirmed"}, {"released"}]


def test_a_payment_without_a_payment_intent_is_not_at_stripe(store: Store, book: OrderBook) -> None:
    order = pay(new_order(), replace(payment(), payment_intent_id=None))
    store.add(order)

    [found] = book.named([order.order_id]).orders

    assert found.payments == ()


def test_changed_orders_are_found_by_the_time_of_their_write(store: Store, book: OrderBook) -> None:
    at = NOON - timedelta(days=300)
    old = _placed(at - timedelta(days=1))
    orders = [_placed(at + timedelta(minutes=n)) for n in range(5)]
    for order in (old, *orders):
        store.add(order)
    wanted = {order.order_id for order in orders}

    found: list[str] = []
    begin = at
    for _ in range(9):
        page, following = book.changed(begin, 3)
        found += [order.order_id for order in page.orders]
        if following is None:
            break
        begin = following

    assert old.order_id not in found
    assert wanted <= set(found)


def test_a_write_changes_an_order_now(store: Store, book: OrderBook) -> None:
    order = _placed(NOON - timedelta(days=301))
    store.add(order)
    later = order.await_payment("cs_1", "https://pay.example/cs_1", NOON)

    assert store.replace(order, later)

    page, _ = book.changed(NOON - timedelta(days=1), 1000)
    assert order.order_id in {each.order_id for each in page.orders}


def test_missing_orders_and_kept_payments_are_found(store: Store, book: OrderBook) -> None:
    order, missing, key = new_order(), uuid4().hex, f"pi_{uuid4().hex}"
    store.add(order)
    store.keep_unmatched(missing, payment(intent=key), NOON)

    assert book.missing([order.order_id, missing]) == {missing}
    assert book.missing([]) == set()
    kept = AuditedPayment(key, 1650, "eur", frozenset(), None, 0)
    assert book.unmatched([key, "pi_other"]) == {key: kept}


def test_late_orders_are_found_even_if_postponed(store: Store, book: OrderBook) -> None:
    before = NOON - timedelta(days=400)
    overdue = new_order().retry_checkout(1, before - timedelta(minutes=1))
    watched = paid_at(before - timedelta(hours=1))
    in_time = new_order().retry_checkout(1, NOON)
    for order in (overdue, watched, in_time):
        store.add(order.delivered([event.event_id for event in order.outbox]))
    unpublished = replace(
        in_time, order_id=uuid4().hex, outbox=(OutboxEvent("b", "order.created", before - _MINUTE),)
    )
    store.add(unpublished)

    late = {finding.subject for finding in book.late(before)}

    expected = {f"order {o.order_id}" for o in (overdue, watched, unpublished)}
    assert expected <= late
    assert f"order {in_time.order_id}" not in late


def test_the_checkpoint_is_kept(book: OrderBook) -> None:
    reached = Checkpoint(NOON, "a", "b", ("order x", "payment y"))

    book.keep_checkpoint(replace(reached, subjects=()))
    book.keep_checkpoint(reached)

    assert book.checkpoint() == reached


_MINUTE = timedelta(minutes=1)


def _placed(at: datetime) -> Order:
    order = new_order()
    return replace(order, history=tuple(replace(each, at=at) for each in order.history), outbox=())
