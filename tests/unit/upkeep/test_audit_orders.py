"""How an audit goes through everything, and what an hourly one looks at."""

from dataclasses import replace
from datetime import datetime, timedelta

from gorder.contracts.audit import Checkpoint
from gorder.order.model import Order
from gorder.payment.model import PagePayment
from gorder.upkeep.audit_orders import AuditOrders, AuditOrdersHandler, AuditReport
from tests.fakes.audit import MemoryOrderBook, MemoryPaymentLedger, MemoryReservationBook
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import cooked, payment, pending
from tests.fakes.gateway import MemoryGateway
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock import MemoryStockStore
from tests.fakes.telemetry import MemoryTelemetry

LATER = NOON + timedelta(days=30)


class SteppingClock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class ComparedShop:
    """Cooked orders without reservations, each with its payment at Stripe."""

    def __init__(self, orders: int) -> None:
        self.orders = MemoryOrders()
        self.gateway = MemoryGateway(StandingClock(NOON), {})
        self.ledger = MemoryPaymentLedger(self.gateway, NOON)
        self.book = MemoryOrderBook(self.orders)
        self.telemetry = MemoryTelemetry()
        for number in range(orders):
            self.add(number)

    def add(self, number: int) -> Order:
        paid = payment(intent=f"pi_{number}", session_id=f"cs_{number}")
        order = replace(cooked(), order_id=f"order-{number:04}", payments=(paid,))
        self.orders.add(order)
        self.gateway.add_payment(
            PagePayment(
                order_id=order.order_id,
                trace_id="",
                session_id=paid.session_id,
                payment_intent_id=paid.payment_intent_id,
                amount=1650,
                currency="eur",
                is_marked=True,
            )
        )
        return order

    def audit(self, query: AuditOrders, seconds: int = 1000, at: datetime = LATER) -> AuditReport:
        return AuditOrdersHandler(
            orders=self.book,
            reservations=MemoryReservationBook(MemoryStockStore()),
            ledger=self.ledger,
            budget=timedelta(seconds=seconds),
            clock=SteppingClock(at),
            telemetry=self.telemetry,
        )(query)


def test_a_full_audit_looks_at_everything() -> None:
    shop = ComparedShop(150)

    report = shop.audit(AuditOrders(full=True))

    assert (report.orders, report.payments, report.complete, report.next) == (150, 150, True, None)
    assert {finding.kind for finding in report.findings} == {"order_without_reservation"}
    assert shop.ledger.asked == []  # the list had them all


def test_a_full_audit_goes_on_until_everything_was_looked_at() -> None:
    shop = ComparedShop(450)
    subjects: set[str] = set()
    begin_at: str | None = None
    for _ in range(30):
        report = shop.audit(AuditOrders(full=True, begin_at=begin_at), seconds=60)
        subjects |= {finding.subject for finding in report.findings}
        begin_at = report.next
        if report.complete:
            break

    assert (report.complete, begin_at) == (True, None)
    assert len(subjects) == 450


def test_a_run_that_has_found_much_ends_and_goes_on_later() -> None:
    shop = ComparedShop(650)

    report = shop.audit(AuditOrders(full=True))

    assert (len(report.findings), report.complete, report.next) == (500, False, "orders:order-0499")


def test_an_hourly_audit_begins_where_the_last_one_ended() -> None:
    shop = ComparedShop(3)

    first = shop.audit(AuditOrders(keeps=True))
    kept = shop.book.kept

    assert first.complete
    assert kept.since is not None
    assert LATER <= kept.since <= LATER + timedelta(seconds=5)
    assert (kept.order_id, kept.reserved_id) == ("", "")
    assert kept.subjects == tuple(f"order order-000{n}" for n in range(3))
    assert shop.telemetry.gauges["AuditFindings"] == 3
    assert {line for line, _ in shop.telemetry.lines} == {"audit.finding"}


def test_without_time_the_next_hourly_audit_begins_at_the_same_place() -> None:
    shop = ComparedShop(3)
    shop.book.kept = Checkpoint(since=NOON)

    report = shop.audit(AuditOrders(keeps=True), seconds=1)

    assert not report.complete
    assert shop.book.kept.since == NOON


def test_an_audit_for_staff_leaves_the_checkpoint() -> None:
    shop = ComparedShop(1)

    shop.audit(AuditOrders())

    assert shop.book.kept == Checkpoint()
    assert shop.telemetry.gauges == {}


def test_the_hourly_audit_goes_through_old_orders_little_by_little() -> None:
    shop = ComparedShop(250)
    shop.book.kept = Checkpoint(since=LATER)
    seen = 0
    for _ in range(40):
        seen += shop.audit(AuditOrders(keeps=True), seconds=9).orders
        if shop.book.kept.order_id == "":
            break

    assert seen >= 250
    assert len(shop.book.kept.subjects) > 0


def test_a_change_under_way_is_left_out() -> None:
    shop = ComparedShop(0)
    shop.add(1)

    soon = shop.audit(AuditOrders(full=True), at=NOON + timedelta(minutes=10))

    assert soon.findings == ()


def test_late_orders_are_found_in_every_run() -> None:
    shop = ComparedShop(0)
    shop.orders.add(pending())

    for query in (AuditOrders(), AuditOrders(full=True)):
        assert "order_late" in {finding.kind for finding in shop.audit(query).findings}


def test_a_payment_of_another_order_does_not_pay_for_this_one() -> None:
    shop = ComparedShop(2)
    other = shop.orders.stored["order-0001"]
    shop.orders.stored["order-0000"] = replace(
        shop.orders.stored["order-0000"], payments=other.payments
    )

    report = shop.audit(AuditOrders(full=True))

    kinds = {(f.kind, f.subject) for f in report.findings if f.kind.startswith("payment")}
    assert kinds == {
        ("payment_not_recorded", "payment pi_0"),
        ("payment_unknown_to_stripe", "order order-0000"),
    }
