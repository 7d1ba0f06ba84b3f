"""Retention of orders: who is forgotten and when, and what a fault leaves."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.order.adapters.mongo_documents import to_document
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.commands import forget_customer, forget_old_orders
from gorder.order.commands.forget_customer import ForgetCustomer, ForgetCustomerHandler
from gorder.order.commands.forget_old_orders import ForgetOldOrders, ForgetOldOrdersHandler
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.reconciliation import receive
from gorder.order.retention import FORGOTTEN, UnchangedOrder, forget, kept_because
from gorder.order.sales import money_days
from gorder.order.status import LaterStatus, Status
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.documents import MemoryOrderDocuments
from tests.fakes.examples import (
    CUSTOMER_ID,
    EVENTS,
    PAGE_URL,
    cooked,
    cooking,
    paid,
    payment,
    pending,
    refund,
    refunded,
    waiting,
    with_notes,
)
from tests.fakes.faults import Died, Mishap
from tests.fakes.orders import MemoryOrders
from tests.fakes.orders_by_age import MemoryOrdersByAge
from tests.fakes.telemetry import MemoryTelemetry

KEPT = timedelta(days=210)
NOTE = StaffNote("refund_order", "bob", "Ann called: cold soup.", NOON, 100, 0)
CANCELLED = OutboxEvent("cancelled", "order.cancelled", NOON)
EXPIRED_LATE = OutboxEvent("expired", "order.expired", NOON + timedelta(days=1))


def cancelled() -> Order:
    return waiting().cancel(CANCELLED).delivered(["cancelled"])


def expired() -> Order:
    return waiting().expire(EXPIRED_LATE).delivered(["expired"])


ENDED: dict[str, Callable[[], Order]] = {
    "cancelled": cancelled,
    "expired": expired,
    "refunded": refunded,
    "cooked": cooked,
}


def disputed() -> Order:
    return receive(cooked(), replace(payment(), dispute="open"), EVENTS, has_units=True)


def refund_due() -> Order:
    late = replace(payment(), refund_reason="order_cancelled")
    return replace(cancelled(), payments=(late,))


def failed(order: Order, amount: int, refunded_before: int | None = None) -> Order:
    """Return the order with one refund, which has failed."""
    [known] = order.payments
    made = replace(refund(amount, "failed"), refunded_before=refunded_before)
    return replace(order, payments=(replace(known, refunds=(made,)),))


GOING_ON: dict[str, Callable[[], Order]] = {
    "pending": pending,
    "waiting": waiting,
    "paid": paid,
    "cooking": cooking,
    "disputed": disputed,
    "refund due": refund_due,
    "refund failed": lambda: failed(refunded(), 1650),
    "part failed": lambda: failed(cooked(), 100, 0),
    "unpublished": lambda: replace(cancelled(), outbox=(CANCELLED,)),
    "later": lambda: replace(cooked(), status=LaterStatus("collected")),
}


@pytest.mark.parametrize("name", ENDED)
def test_an_order_that_has_ended_is_forgotten_and_its_books_stay(name: str) -> None:
    plain = replace(ENDED[name](), notes=(NOTE,))
    order = with_notes(plain)

    assert kept_because(order) is None
    after = forget(order)

    assert after.customer_id == FORGOTTEN
    assert after.checkout.url is None
    assert after.token_key_id == ""
    assert after.notes == (replace(NOTE, text=FORGOTTEN),)
    assert after.version == order.version + 1
    assert after.lines == plain.lines
    same = ("order_id", "currency", "status", "history", "payments", "outbox", "trace_id")
    assert all(getattr(after, field) == getattr(order, field) for field in same)
    assert (after.revenue, money_days(after)) == (order.revenue, money_days(order))
    assert forget(after) is after
    text = json.dumps(to_document(after), default=str)
    assert not any(word in text for word in (f'"{CUSTOMER_ID}"', "Ann", PAGE_URL, "onions"))


@pytest.mark.parametrize("name", GOING_ON)
def test_an_order_that_goes_on_keeps_its_customer(name: str) -> None:
    assert kept_because(GOING_ON[name]())


class RetentionScenario:
    """Orders whose last change is long ago, and the handlers."""

    def __init__(self, *orders: Order) -> None:
        named = [replace(order, order_id=f"o{n:03}") for n, order in enumerate(orders)]
        self.orders = MemoryOrders(*named)
        self.by_age = MemoryOrdersByAge(self.orders)
        self.documents = MemoryOrderDocuments(self.orders)
        self.clock = StandingClock()
        self.clock.now = NOON + KEPT + timedelta(days=2)
        self.telemetry = MemoryTelemetry()
        self.budget = timedelta(minutes=5)

    def run(self) -> MemoryTelemetry:
        telemetry = MemoryTelemetry()
        handler = ForgetOldOrdersHandler(
            self.orders, self.by_age, self.documents, KEPT, self.budget, self.clock, telemetry
        )
        handler(ForgetOldOrders())
        return telemetry

    def forget(self, *, dry_run: bool = False) -> tuple[int, dict[str, str]]:
        """Forget the customer in all pages."""
        handler = ForgetCustomerHandler(self.orders, self.documents, self.clock, self.telemetry)
        command = ForgetCustomer(CUSTOMER_ID, "She asked for it.", "bob", dry_run=dry_run)
        forgotten, left = 0, dict[str, str]()
        while True:
            done = handler(command)
            forgotten += done.forgotten
            left |= {each.order_id: each.reason for each in done.left}
            if done.next is None:
                return forgotten, left
            command = replace(command, after=done.next)

    @property
    def known(self) -> set[str]:
        return {o.order_id for o in self.orders.stored.values() if o.customer_id != FORGOTTEN}


def mixed() -> Iterator[Order]:
    for make in (*ENDED.values(), *GOING_ON.values()):
        yield make()


def test_old_orders_that_have_ended_are_forgotten() -> None:
    scenario = RetentionScenario(*mixed())

    telemetry = scenario.run()

    assert len(scenario.known) == len(GOING_ON)
    assert telemetry.counts["OrdersForgotten"] == len(ENDED)
    assert telemetry.gauges["OrdersOverdueDays"] == 0
    assert set(scenario.by_age.kept.left) == scenario.known


def test_a_later_change_begins_the_time_again() -> None:
    scenario = RetentionScenario(cooked(), cooked())
    scenario.by_age.changed_at["o001"] = NOON + timedelta(days=100)

    scenario.run()

    assert scenario.known == {"o001"}
    scenario.clock.now += timedelta(days=99)
    scenario.run()
    assert scenario.known == set()


def test_an_order_that_was_left_is_forgotten_when_it_can_be() -> None:
    scenario = RetentionScenario(cooked(), cooked(), cooked())
    scenario.orders.unreadable = {"o000", "o001"}
    scenario.run()
    assert set(scenario.by_age.kept.left) == {"o000", "o001"}

    scenario.orders.unreadable.clear()
    scenario.by_age.changed_at["o001"] = scenario.clock.now
    scenario.run()

    assert scenario.known == {"o001"}
    assert scenario.by_age.kept.left == ()


def test_a_run_continues_where_the_one_before_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget_old_orders, "PAGE", 2)
    scenario = RetentionScenario(*(cooked() for _ in range(7)))
    for n in range(7):
        scenario.by_age.changed_at[f"o{n:03}"] = NOON + timedelta(hours=n // 3)
    scenario.budget = timedelta(seconds=1)
    unchanged = scenario.by_age.unchanged

    def slowly(*arguments: object) -> list[UnchangedOrder]:
        scenario.clock.now += timedelta(seconds=1)
        return unchanged(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(scenario.by_age, "unchanged", slowly)

    overdue = scenario.run().gauges["OrdersOverdueDays"]

    assert 1.9 < overdue <= 2.1
    runs = 1
    while scenario.run().gauges["OrdersOverdueDays"] > 0:
        runs += 1
    assert scenario.known == set()
    assert runs > 2


def test_orders_of_one_moment_do_not_stop_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget_old_orders, "PAGE", 2)
    scenario = RetentionScenario(paid(), paid(), cooked())
    scenario.by_age.changed_at = {"o000": NOON, "o001": NOON, "o002": NOON + timedelta(hours=1)}

    assert scenario.run().gauges["OrdersOverdueDays"] == 0
    assert scenario.known == {"o000", "o001"}


def test_many_orders_that_are_left_stop_it_and_are_overdue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forget_old_orders, "PAGE", 2)
    monkeypatch.setattr(forget_old_orders, "MOST_LEFT", 3)
    scenario = RetentionScenario(*(paid() for _ in range(5)), cooked())
    for n in range(6):
        scenario.by_age.changed_at[f"o{n:03}"] = NOON + timedelta(hours=n)

    assert scenario.run().gauges["OrdersOverdueDays"] > 0
    assert scenario.known == {f"o{n:03}" for n in range(6)}


@pytest.mark.parametrize("mishap", list(Mishap))
@pytest.mark.parametrize("call", range(16))
def test_a_run_after_any_fault_ends_the_same(call: int, mishap: Mishap) -> None:
    scenario = RetentionScenario(*mixed())
    undisturbed = RetentionScenario(*mixed())
    undisturbed.run()
    scenario.orders.faults.on_call_number(call, mishap)

    try:
        scenario.run()
    except (Died, OrderStoreUnavailableError):
        """The next run continues."""
    scenario.orders.faults.clear()
    scenario.run()

    assert scenario.orders.stored == undisturbed.orders.stored
    assert scenario.by_age.kept == undisturbed.by_age.kept


def test_a_customer_is_forgotten_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget_customer, "PAGE", 2)
    others = replace(cooked(), customer_id="bob")
    scenario = RetentionScenario(*mixed(), others)
    before = dict(scenario.orders.stored)

    planned = scenario.forget(dry_run=True)

    assert scenario.orders.stored == before
    assert scenario.forget() == planned
    forgotten, left = planned
    assert forgotten == len(ENDED)
    assert len(left) == len(GOING_ON)
    assert scenario.known == {*left, f"o{len(ENDED) + len(GOING_ON):03}"}
    assert scenario.forget() == (0, left)


def test_each_order_keeps_who_has_asked_and_the_log_does_not_name_the_customer() -> None:
    scenario = RetentionScenario(replace(cooked(), notes=(NOTE,)))

    scenario.forget()
    scenario.run()

    [order] = scenario.orders.stored.values()
    assert [(n.command, n.by, n.text) for n in order.notes] == [
        ("refund_order", "bob", FORGOTTEN),
        ("forget_customer", "bob", "She asked for it."),
    ]
    lines = [line for line in scenario.telemetry.lines if line[0] == "customer.forgotten"]
    assert lines == [("customer.forgotten", {"by": "bob", "orders": 1, "left": 0})]
    assert f"'{CUSTOMER_ID}'" not in str(scenario.telemetry.lines)


@pytest.mark.parametrize("mishap", list(Mishap))
@pytest.mark.parametrize("call", range(16))
def test_the_same_command_after_any_fault_ends_the_same(call: int, mishap: Mishap) -> None:
    scenario = RetentionScenario(cooked(), paid(), cancelled())
    undisturbed = RetentionScenario(cooked(), paid(), cancelled())
    undisturbed.forget()
    scenario.orders.faults.on_call_number(call, mishap)

    try:
        scenario.forget()
    except (Died, OrderStoreUnavailableError):
        """Staff send it again."""
    scenario.orders.faults.clear()
    scenario.forget()

    assert scenario.orders.stored == undisturbed.orders.stored


def test_an_unreadable_order_is_named() -> None:
    scenario = RetentionScenario(cooked(), cooked())
    scenario.orders.unreadable.add("o000")

    forgotten, left = scenario.forget()

    assert forgotten == 1
    assert "cannot be read" in left["o000"]


@pytest.mark.parametrize("mishap", list(Mishap))
def test_an_order_keeps_its_customer_until_its_repairs_are_forgotten(mishap: Mishap) -> None:
    scenario = RetentionScenario(cooked())
    scenario.orders.faults.on("repairs.forget", mishap)

    with pytest.raises((Died, OrderStoreUnavailableError)):
        scenario.run()

    assert scenario.known == {"o000"}
    scenario.run()
    assert scenario.known == set()


@pytest.mark.parametrize("name", ["cooked", "expired"])
def test_a_forgotten_order_takes_a_refund_or_a_payment(name: str) -> None:
    order = forget(ENDED[name]())
    stated = replace(payment(), refunds=(refund(),)) if name == "cooked" else payment()

    after = receive(order, stated, EVENTS, has_units=True)

    assert after.status is (Status.REFUNDED if name == "cooked" else Status.PAID)
    assert isinstance(after.payment, Payment)
    assert after.customer_id == FORGOTTEN
