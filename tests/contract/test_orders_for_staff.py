"""Contract of the order store: the lists of staff, for the fake and for the MongoDB adapter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gorder.order.changes import OutboxEvent
from gorder.order.errors import OrderNotListed
from gorder.order.model import Order
from gorder.order.postponement import Postponement
from gorder.order.records import STUCK_AFTER, OrderFilter, OrderRecord
from gorder.order.status import LaterStatus, Status
from tests.contract.conftest import Store
from tests.contract.stored_orders import new_order, pay
from tests.fakes.clock import NOON
from tests.fakes.examples import PAGE_URL, SESSION_ID

EARLY = NOON - timedelta(days=700)  # no other test places orders then
LATE = NOON + timedelta(days=700)


def placed(at: datetime, customer_id: str, order_id: str | None = None) -> Order:
    """Return a pending order, placed at that time; its event is delivered."""
    order = new_order()
    return replace(
        order,
        order_id=order_id or order.order_id,
        customer_id=customer_id,
        history=tuple(replace(change, at=at) for change in order.history),
        checkout=replace(order.checkout, expires_at=at + timedelta(minutes=31)),
        outbox=(),
    )


def paid(at: datetime, customer_id: str) -> Order:
    order = pay(placed(at, customer_id))
    changes = tuple(replace(change, at=at) for change in order.history)
    return replace(order, history=changes, published_at=at, outbox=())


def cancelled(at: datetime, customer_id: str) -> Order:
    order = placed(at, customer_id)
    return order.cancel(OutboxEvent("c", "order.cancelled", at)).delivered(["c"])


def ids(records: list[OrderRecord]) -> list[str]:
    return [record.order_id for record in records]


def pages(read: Callable[[str | None], list[OrderRecord]]) -> list[str]:
    """Return the ids of all pages."""
    listed: list[str] = []
    while page := ids(read(listed[-1] if listed else None)):
        listed += page
    return listed


@pytest.fixture
def customer() -> str:
    """Return a customer whose orders are those of one test."""
    return uuid4().hex


@pytest.fixture
def day() -> datetime:
    """Return a day on which only one test places orders."""
    return NOON + timedelta(days=1000 + uuid4().int % 1_000_000)


def test_orders_are_listed_newest_first_or_oldest_first(
    store: Store, customer: str, day: datetime
) -> None:
    orders = [placed(day + timedelta(minutes=n), customer) for n in (1, 3, 2)]
    for order in orders:
        store.add(order)
    first, last, middle = (order.order_id for order in orders)

    for wanted in (OrderFilter(customer_id=customer), OrderFilter(placed_from=day)):
        bounded = replace(wanted, placed_until=day + timedelta(days=1))
        assert ids(store.list_placed(bounded, 5)) == [last, middle, first]
        assert ids(store.list_placed(bounded, 2)) == [last, middle]
        assert ids(store.list_placed(bounded, 5, oldest_first=True)) == [first, middle, last]
    [record, *_] = store.list_placed(OrderFilter(customer_id=customer), 5)
    assert record == OrderRecord(last, orders[1].placed_at, customer, orders[1])


@pytest.mark.parametrize(
    "chosen",
    [{}, {"customer"}, {"statuses"}, {"customer", "statuses"}],
    ids=lambda chosen: "-".join(sorted(chosen)) or "all",
)
def test_orders_of_one_millisecond_are_paged_without_loss_or_repetition(
    store: Store, customer: str, day: datetime, chosen: set[str]
) -> None:
    times = [day - timedelta(minutes=1), *[day] * 5, day + timedelta(minutes=1)]
    orders = [(paid if n % 2 else placed)(at, customer) for n, at in enumerate(times)]
    for order in orders:
        store.add(order)
    wanted = OrderFilter(
        statuses=(Status.PAID, Status.PENDING) if "statuses" in chosen else (),
        placed_from=day - timedelta(hours=1),
        placed_until=day + timedelta(hours=1),
        customer_id=customer if "customer" in chosen else None,
    )
    expected = [order_id for _, order_id in sorted((o.placed_at, o.order_id) for o in orders)]

    for size in (1, 2, 3, 7):
        newest = pages(lambda after, size=size: store.list_placed(wanted, size, after))  # type: ignore[misc]  # of a loop
        oldest = pages(
            lambda after, size=size: store.list_placed(wanted, size, after, oldest_first=True)  # type: ignore[misc]  # of a loop
        )
        assert newest == expected[::-1]
        assert oldest == expected


def test_every_filter_holds(store: Store, customer: str, day: datetime) -> None:
    one, two = placed(day, customer), paid(day + timedelta(hours=1), customer)
    three = cancelled(day + timedelta(hours=2), customer)
    other = paid(day + timedelta(hours=1), f"other-{customer}")
    for order in (one, two, three, other):
        store.add(order)

    def listed(**filters: object) -> set[str]:
        bounds = {"placed_from": day, "placed_until": day + timedelta(days=1)}
        wanted = OrderFilter(**(bounds | filters))  # type: ignore[arg-type]  # a table of filters
        return set(ids(store.list_placed(wanted, 9)))

    everything = {order.order_id for order in (one, two, three, other)}
    assert listed() == everything
    assert listed(customer_id=customer) == everything - {other.order_id}
    assert listed(statuses=(Status.PAID,)) == {two.order_id, other.order_id}
    both = (Status.PENDING, Status.CANCELLED)
    assert listed(statuses=both) == {one.order_id, three.order_id}
    assert listed(statuses=(Status.PAID,), customer_id=customer) == {two.order_id}
    assert listed(placed_from=day + timedelta(hours=1)) == everything - {one.order_id}
    assert listed(placed_until=day + timedelta(hours=2)) == everything - {three.order_id}
    assert listed(customer_id="unknown") == set()


def test_a_page_after_an_order_that_left_the_list_goes_on_there(
    store: Store, customer: str, day: datetime
) -> None:
    orders = [placed(day + timedelta(minutes=n), customer) for n in (3, 2, 1)]
    for order in orders:
        store.add(order)
    wanted = OrderFilter(statuses=(Status.PENDING,), customer_id=customer)
    [first] = ids(store.list_placed(wanted, 1))
    store.replace(orders[0], orders[0].cancel(OutboxEvent("c", "order.cancelled", day)))

    assert ids(store.list_placed(wanted, 5, first)) == [orders[1].order_id, orders[2].order_id]


def test_a_page_after_an_order_that_is_not_stored_is_refused(store: Store) -> None:
    with pytest.raises(OrderNotListed, match="after: no order missing is listed"):
        store.list_placed(OrderFilter(), 1, "missing")
    with pytest.raises(OrderNotListed, match="after: no order missing is listed"):
        store.list_stuck(OrderFilter(), NOON, 1, "missing")


def test_an_order_of_a_later_release_is_listed(store: Store, customer: str, day: datetime) -> None:
    later = replace(placed(day, customer), status=LaterStatus("being_delivered"))
    store.add(later)

    [record] = store.list_placed(OrderFilter(customer_id=customer), 5)

    assert record.order == later
    assert ids(store.list_stuck(OrderFilter(customer_id=customer), LATE, 5)) == []


def test_orders_that_do_not_go_on_are_listed_with_the_reason(
    store: Store, customer: str, day: datetime
) -> None:
    now = day + timedelta(hours=2)
    event = OutboxEvent("e", "order.created", now - STUCK_AFTER - timedelta(seconds=1))
    overdue = placed(day, customer)
    unfinished = paid(day + timedelta(minutes=1), customer)
    undelivered = replace(cancelled(day + timedelta(minutes=2), customer), outbox=(event,))
    failed = cancelled(day + timedelta(minutes=3), customer)
    fine = [
        placed(now - timedelta(minutes=30), customer),
        paid(now - timedelta(minutes=5), customer),
        cancelled(day, customer),
    ]
    for order in (overdue, unfinished, undelivered, failed, *fine):
        store.add(order)
    for order in (failed, overdue):
        store.postpone(order.order_id, now - timedelta(seconds=1))
    store.postpone(fine[2].order_id, now - timedelta(hours=1))

    def read(after: str | None) -> list[OrderRecord]:
        return store.list_stuck(OrderFilter(customer_id=customer), now, 2, after)

    first = read(None)
    listed = [*first, *read(first[-1].order_id)]

    assert ids(listed) == [order.order_id for order in (failed, undelivered, unfinished, overdue)]
    assert pages(read) == ids(listed)
    reasons = [record.stuck_reason(now) or "" for record in listed]
    assert "The sweep failed to process it, and tries it again at" in reasons[0]
    assert "Its event order.created of" in reasons[1]
    assert reasons[2].startswith("It is paid, and its next step was due at")
    assert "The sweep failed" in reasons[3]
    assert "It is pending, and its time to pay ended at" in reasons[3]
    for wanted, expected in (
        (OrderFilter(statuses=(Status.PAID,), customer_id=customer), unfinished),
        (OrderFilter(placed_from=failed.placed_at, customer_id=customer), failed),
        (OrderFilter(placed_until=unfinished.placed_at, customer_id=customer), overdue),
    ):
        assert ids(store.list_stuck(wanted, now, 9)) == [expected.order_id]


def test_the_postponement_of_an_order_is_read(store: Store, customer: str) -> None:
    order = placed(NOON, customer).await_payment(SESSION_ID, PAGE_URL, NOON)
    store.add(order)
    assert store.postponement(order.order_id) is None
    assert store.postponement("missing") is None

    store.postpone(order.order_id, NOON)

    assert store.postponement(order.order_id) == Postponement(NOON, NOON + timedelta(minutes=2))
    [record] = store.list_placed(OrderFilter(customer_id=customer), 1)
    assert record.postponed == store.postponement(order.order_id)
