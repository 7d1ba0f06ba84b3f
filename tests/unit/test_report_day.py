"""The report of a day: which orders, refunds and units belong to it, and what they add up to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from gorder.bootstrap.back_office import report_office
from gorder.contracts.back_office import InvalidRequest, parse_request
from gorder.contracts.back_office_report import DayReportedBody, ReportDayRequest
from gorder.order.lines import OrderLine
from gorder.order.model import Order
from gorder.order.payments import Payment, Refund, RefundReason
from gorder.order.queries.report_sales import ORDERS_OF_A_PAGE
from gorder.order.reconciliation import receive
from gorder.stock.entries import Entry, EntryKind
from gorder.stock.model import Reservation, ReservationState, ReservedLine, Signature
from ops.amounts import day as moments_of
from ops.day_report import whole_report
from tests.fakes.examples import EVENTS, PAID, line, pending, refund
from tests.fakes.orders import MemoryOrders
from tests.fakes.products import product
from tests.fakes.stock import MemoryStockStore

BEGIN, END = moments_of("2026-11-28", "Europe/Berlin")
MIDDAY = datetime(2026, 11, 28, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


class ReportedShop:
    """Stores, and a session of the program that asks the office on them."""

    def __init__(self) -> None:
        self.orders = MemoryOrders()
        self.stock = MemoryStockStore()
        self.office = report_office(self.stock, self.orders)
        self.asked: list[str | None] = []

    def add(self, *orders: Order) -> None:
        for order in orders:
            assert self.orders.add(order)

    def ask[B: BaseModel](self, body: type[B], command: str, **fields: Any) -> B:
        stated = {name: value for name, value in fields.items() if value is not None}
        request = parse_request(json.dumps({"command": command} | stated))
        assert isinstance(request, ReportDayRequest)
        self.asked.append(request.after)
        return body.model_validate(self.office.answer(request).model_dump())

    def report(self, begin: datetime = BEGIN, end: datetime = END) -> DayReportedBody:
        self.asked.clear()
        return whole_report(self, begin, end)  # type: ignore[arg-type]  # it has the one method


@pytest.fixture
def shop() -> ReportedShop:
    return ReportedShop()


def order_paid_at(at: datetime, order_id: str = "o1", **payment: Any) -> Order:
    """Return an order of two soups and a bread, 16.50 euro, paid at that time."""
    placed = pending(order_id)
    history = tuple(replace(change, at=at - timedelta(minutes=1)) for change in placed.history)
    stated = Payment(f"cs_{order_id}", f"pi_{order_id}", 1650, "eur")
    return receive(
        replace(placed, history=history),
        replace(stated, **payment),
        replace(EVENTS, paid=replace(PAID, occurred_at=at)),
        has_units=True,
    )


def with_refunds(order: Order, *refunds: Refund) -> Order:
    [payment] = order.payments
    return receive(order, replace(payment, refunds=refunds), EVENTS, has_units=True)


def refund_at(at: datetime, amount: int = 1650, status: str = "succeeded", n: int = 1) -> Refund:
    return replace(refund(amount, status, n), at=at)


def sums(report: DayReportedBody, currency: str = "eur") -> dict[str, Any]:
    """Return the totals of one currency that are not 0."""
    [totals] = [each for each in report.totals if each.currency == currency]
    return {name: value for name, value in totals if value and name != "currency"}


SALE = {"orders": 1, "gross": 1650, "net": 1650}


@pytest.mark.parametrize(
    ("at", "counts"),
    [(BEGIN - MOMENT, False), (BEGIN, True), (END - MOMENT, True), (END, False)],
)
def test_an_order_belongs_to_the_day_on_which_it_was_paid(
    shop: ReportedShop, at: datetime, *, counts: bool
) -> None:
    shop.add(order_paid_at(at))

    report = shop.report()

    assert len(report.totals) == len(report.products) / 2 == counts
    if counts:
        assert sums(report) == SALE


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_23_or_25_hours_has_every_order_once(
    shop: ReportedShop, day: str, hours: int
) -> None:
    begin, end = moments_of(day, "Europe/Berlin")
    first = begin - timedelta(minutes=30)
    for n in range(26):
        shop.add(order_paid_at(first + timedelta(hours=n), f"o{n}"))

    assert end - begin == timedelta(hours=hours)
    assert begin.astimezone(ZoneInfo("Europe/Berlin")).isoformat()[:16] == f"{day}T00:00"
    assert sums(shop.report(begin, end))["orders"] == hours
    before = shop.report(begin - timedelta(days=1), begin)
    after = shop.report(end, end + timedelta(days=1))
    assert sums(before)["orders"] + hours + sum(t.orders for t in after.totals) == 26


def test_an_order_that_waited_days_for_its_payment_counts_when_it_was_paid(
    shop: ReportedShop,
) -> None:
    paid = order_paid_at(MIDDAY)
    early, *later = paid.history
    shop.add(replace(paid, history=(replace(early, at=MIDDAY - timedelta(days=9)), *later)))

    assert sums(shop.report()) == SALE


def test_unpaid_orders_and_a_free_one(shop: ReportedShop) -> None:
    free = order_paid_at(MIDDAY, "o2", amount=0, discount=1650, payment_intent_id=None)
    shop.add(pending("o1"), free)

    report = shop.report()

    assert sums(report) == {"orders": 1, "gross": 1650, "discount": 1650}
    assert [(p.product_id, p.sales[0].units) for p in report.products] == [
        *(("bread", 1), ("soup", 2))
    ]


def test_discount_and_tax(shop: ReportedShop) -> None:
    shop.add(order_paid_at(MIDDAY, amount=1600, discount=150, tax=200, added=100))

    report = shop.report()

    taxed = {"discount": 150, "added_tax": 100, "net": 1600}
    assert sums(report) == SALE | taxed
    assert sum(sale.amount for p in report.products for sale in p.sales) == 1650


def test_currencies_are_never_mixed(shop: ReportedShop) -> None:
    yen = order_paid_at(MIDDAY, "o2", currency="jpy", amount=1400)
    soup = OrderLine("soup", "Soup", 2, 700, "price_yen")
    placed = replace(pending("o2"), currency="jpy", lines=(soup,))
    yen = receive(placed, replace(yen.payments[0], refund_reason=None), EVENTS, has_units=True)
    paid = (*yen.history[:-1], replace(yen.history[-1], at=MIDDAY))
    shop.add(order_paid_at(MIDDAY), replace(yen, history=paid))

    report = shop.report()

    assert sums(report) == SALE
    assert sums(report, "jpy") == {"orders": 1, "gross": 1400, "net": 1400}
    [soups] = [each for each in report.products if each.product_id == "soup"]
    assert [(each.currency, each.units, each.amount) for each in soups.sales] == [
        *(("eur", 2, 1400), ("jpy", 2, 1400))
    ]


def test_refunds_count_when_they_are_made(shop: ReportedShop) -> None:
    order = order_paid_at(MIDDAY)
    next_day = MIDDAY + timedelta(days=1)
    refunds = (
        refund_at(MIDDAY + timedelta(minutes=2), 100),
        refund_at(MIDDAY + timedelta(minutes=3), 50, "pending", 2),
        refund_at(MIDDAY + timedelta(minutes=4), 700, "failed", 3),
        refund_at(next_day, 500, n=4),
        refund_at(next_day + timedelta(days=40), 1000, "canceled", 5),
    )
    shop.add(with_refunds(order, *refunds))

    assert sums(shop.report()) == SALE | {"refunds": 2, "refunded": 150, "net": 1500}
    following = shop.report(BEGIN + timedelta(days=1), END + timedelta(days=1))
    assert sums(following) == {"refunds": 1, "refunded": 500, "net": -500}
    assert following.products == ()
    assert shop.report(BEGIN + timedelta(days=41), END + timedelta(days=41)).totals == ()


def test_a_payment_that_pays_for_no_order_is_no_sale_and_its_refund_no_loss(
    shop: ReportedShop,
) -> None:
    second = Payment("cs_2", "pi_2", 1650, "eur", refunds=(refund_at(MIDDAY),))
    order = receive(order_paid_at(MIDDAY), second, EVENTS, has_units=True)
    assert order.payments[1].refund_reason == RefundReason.SECOND_PAYMENT
    # Refunded before its payment was reported: it never was `paid`.
    overtaken = Payment("cs_3", "pi_3", 1650, "eur", refunds=(refund_at(MIDDAY, n=3),))
    shop.add(order, receive(pending("o3"), overtaken, EVENTS, has_units=True))

    assert sums(shop.report()) == SALE | {"unsold_refunds": 2, "unsold_refunded": 3300}


def test_an_order_that_cannot_be_read_is_named(shop: ReportedShop) -> None:
    shop.add(order_paid_at(MIDDAY), order_paid_at(MIDDAY, "o2"))
    shop.orders.unreadable.add("o2")

    report = shop.report()

    assert sums(report) == SALE
    assert [(each.order_id, each.unreadable) for each in report.unreadable] == [
        ("o2", "customer_id: missing")
    ]


def test_pages_add_up_while_orders_change(shop: ReportedShop) -> None:
    count = 2 * ORDERS_OF_A_PAGE + 1
    shop.add(*(order_paid_at(MIDDAY, f"o{n:04}") for n in range(count)))

    def refunds_meanwhile() -> Iterator[int]:
        """Refund every order a little, between two pages."""
        for n in range(1, 4):
            yield n
            for order_id, order in shop.orders.stored.items():
                [paid] = order.payments
                more = refund_at(MIDDAY + timedelta(minutes=n), 1, n=n)
                payment = replace(paid, refunds=(*paid.refunds, more))
                shop.orders.stored[order_id] = replace(order, payments=(payment,))

    rounds = refunds_meanwhile()
    answer = shop.ask

    def ask(*args: Any, **fields: Any) -> Any:
        page = answer(*args, **fields)
        next(rounds, None)
        return page

    shop.ask = ask  # type: ignore[method-assign]
    report = shop.report()

    assert [after and after[:9] for after in shop.asked] == [
        *(None, "orders.1", "orders.1.", "orders.1.", "units")
    ]
    assert sums(report)["orders"] == count
    assert sums(report)["gross"] == count * 1650
    # Each order is counted once, with the refunds that were recorded when its page was read.
    assert sums(report)["refunded"] == ORDERS_OF_A_PAGE + 2


def test_units_returned_and_wasted_by_orders_and_staff(shop: ReportedShop) -> None:
    soup, cake = product("soup", amount=700), product("cake", amount=400)
    shop.stock.run(lambda stock: stock.save_products([soup, cake]))
    shop.stock.run(lambda stock: stock.receive("r", "soup", 50))
    shop.stock.run(lambda stock: stock.receive("r", "cake", 50))
    entries = [
        (BEGIN - MOMENT, "cake", EntryKind.DISCARDED, 1, "Mouldy."),
        (BEGIN, "cake", EntryKind.DISCARDED, 2, "Mouldy."),
        (MIDDAY, "cake", EntryKind.DISCARDED, 3, "Mouldy."),
        (MIDDAY, "cake", EntryKind.DISCARDED, 4, "Dropped."),
        (MIDDAY, "cake", EntryKind.COUNTED_DOWN, 8, "Count."),
        (END - MOMENT, "soup", EntryKind.RESTOCKED, 6, "Found."),
        (END, "soup", EntryKind.RESTOCKED, 7, "Found."),
    ]
    for n, (at, product_id, kind, units, reason) in enumerate(entries):
        _at(shop, at)
        entry = Entry(f"e{n}", product_id, kind, units)
        signature = Signature("ann", reason)
        shop.stock.run(lambda stock, e=entry, s=signature: stock.book(e, s))  # type: ignore[misc]
    _at(shop, MIDDAY)
    for order_id, state, signed in (
        ("o1", ReservationState.WASTED, None),
        ("o2", ReservationState.RETURNED, None),
        ("o3", ReservationState.WASTED, Signature("ann", "Burnt.")),
        ("o4", ReservationState.WASTED, Signature("ann")),
    ):
        _settle(shop, order_id, state, signed)
    shop.add(order_paid_at(MIDDAY))

    products = {each.product_id: each for each in shop.report().products}

    assert [*products] == ["bread", "cake", "soup"]
    breads, cakes, soups = products.values()
    assert (breads.name, breads.units_returned, breads.units_wasted) == ("Bread", 0, 0)
    assert (cakes.name, cakes.sales, cakes.units_wasted) == ("Name of cake", (), 9)
    assert [(r.reason, r.units) for r in cakes.reasons] == [("Mouldy.", 5), ("Dropped.", 4)]
    assert (soups.units_returned, soups.units_wasted) == (6 + 2, 3 * 2)
    assert [(r.reason, r.units) for r in soups.reasons] == [("Burnt.", 2)]
    assert soups.sales[0].units == line("soup").quantity


def _at(shop: ReportedShop, at: datetime) -> None:
    shop.stock.kept.clock = lambda: at


def _settle(
    shop: ReportedShop, order_id: str, state: ReservationState, signature: Signature | None
) -> None:
    price = product("soup", amount=700).price
    assert price
    held = Reservation(order_id, (ReservedLine("soup", "Soup", 2, price),), MIDDAY)
    sold = replace(held, state=ReservationState.CONFIRMED)
    shop.stock.run(lambda stock: stock.hold([held]))
    shop.stock.run(lambda stock: stock.settle(sold))
    shop.stock.run(
        lambda stock: stock.settle(
            replace(held, state=state), ReservationState.CONFIRMED, signature
        )
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"end": None}, "end: is required"),
        ({"begin": "yesterday"}, "begin: must be a time in ISO 8601 with a zone"),
        ({"begin": "2026-11-28T00:00:00"}, "begin: must be a time in ISO 8601 with a zone"),
        ({"end": "2026-11-28T00:00:00Z"}, "end: must be after begin, by at most 32 days"),
        ({"end": "2027-01-28T00:00:00Z"}, "end: must be after begin, by at most 32 days"),
        ({"after": "orders"}, "after: must be the `next` of the page before"),
        ({"after": "units.1"}, "after: must be the `next` of the page before"),
    ],
)
def test_a_wrong_request_is_refused_in_words(fields: dict[str, str | None], text: str) -> None:
    day = {"begin": "2026-11-28T00:00:00Z", "end": "2026-11-29T00:00:00Z"}
    request = {"command": "report_day"} | day | fields
    stated = {name: value for name, value in request.items() if value is not None}

    with pytest.raises(InvalidRequest, match=text):
        parse_request(json.dumps(stated))


def test_any_place_of_the_form_is_answered(shop: ReportedShop) -> None:
    body = {"begin": "9998-12-31T00:00:00Z", "end": "9998-12-31T23:59:59Z"}

    page = shop.ask(DayReportedBody, "report_day", **body, after="orders.99.x")

    assert (page.totals, page.next) == ((), "units")
