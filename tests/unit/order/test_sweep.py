"""What is done every minute: events left behind, orders nobody paid, stock held for nobody."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gorder.bootstrap.payment_pages import HostedPages
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.expire_orders import ExpireOrders, ExpireOrdersHandler
from gorder.order.commands.settle_holds import SettleHolds, SettleHoldsHandler
from gorder.order.model import Order, OutboxEvent, Status, WantedLine
from gorder.order.ports import OrderStoreUnavailableError, StockUnavailableError
from gorder.payment.commands.expire_page import ExpirePageHandler
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, SESSION_ID, TIME_TO_PAY, paid, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.shop import MONEY_CAME, NOT_WANTED, Shop

SOUP = (WantedLine("soup", 1),)


class Swept(Shop):
    """A shop whose time to pay has just passed, and its sweep."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.clock.now = NOON + TIME_TO_PAY + timedelta(seconds=1)
        ids = count(1)
        self.deliver_events = DeliverEventsHandler(
            self.orders, self.stock, self.bus, self.clock, self.telemetry
        )
        self.expire_orders = ExpireOrdersHandler(
            orders=self.orders,
            stock=self.stock,
            pages=HostedPages(ExpirePageHandler(self.gateway, self.bus, self.clock)),
            events=self.bus,
            clock=self.clock,
            new_id=lambda: f"swept-{next(ids)}",
            telemetry=self.telemetry,
        )
        self.settle_holds = SettleHoldsHandler(self.orders, self.stock, self.clock, self.telemetry)

    def deliver(self) -> None:
        self.deliver_events(DeliverEvents())

    def expire(self) -> None:
        self.expire_orders(ExpireOrders("trace-1"))

    def settle(self) -> None:
        self.settle_holds(SettleHolds("trace-1"))

    def also(self, order_id: str) -> None:
        """Store another pending order, and hold its stock."""
        self.orders.stored[order_id] = pending(order_id)
        self.stock.reserve(order_id, SOUP, NOON + TIME_TO_PAY, "trace-1")
        self.faults.calls.clear()


def test_an_event_left_behind_is_delivered() -> None:
    shop = Swept(pending())

    shop.deliver()

    assert shop.bus.types == ["order.created"]
    assert shop.order.outbox == ()
    assert shop.telemetry.counts == {"EventDeliveredLate": 1}
    shop.deliver()
    assert shop.bus.types == ["order.created"]


def test_how_long_the_oldest_event_has_waited_is_told_at_each_tick() -> None:
    shop = Swept(pending())
    shop.faults.next(Mishap.FAILS)  # the search itself

    with pytest.raises(OrderStoreUnavailableError):
        shop.deliver()
    assert shop.telemetry.levels == {}
    shop.deliver()
    assert shop.telemetry.levels == {"OldestUndeliveredEvent": 31 * 60 + 1}
    shop.deliver()
    assert shop.telemetry.levels == {"OldestUndeliveredEvent": 0}


def test_a_young_event_is_left_to_whoever_caused_it() -> None:
    shop = Swept(pending())
    shop.clock.now = NOON + timedelta(seconds=30)

    shop.deliver()

    assert shop.bus.types == []


def test_one_order_that_fails_does_not_keep_the_others_from_their_turn() -> None:
    shop = Swept(pending())
    shop.also("second")
    shop.faults.at(2, Mishap.FAILS)

    shop.deliver()

    assert len(shop.bus.types) == 1
    assert shop.telemetry.counts == {"SweepFailed": 1, "EventDeliveredLate": 1}
    shop.deliver()
    assert {event.data.order_id for event in shop.bus.published} == {ORDER_ID, "second"}


def test_however_many_were_left_all_are_delivered_once() -> None:
    shop = Swept(pending())
    shop.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}

    shop.deliver()
    shop.deliver()

    assert len(shop.bus.types) == 120


def test_while_the_bus_is_down_no_second_batch_is_tried() -> None:
    shop = Swept(pending())
    shop.orders.stored = {f"o{n}": pending(f"o{n}") for n in range(120)}
    for call in range(2, 52):
        shop.faults.at(call, Mishap.FAILS)

    shop.deliver()

    assert shop.telemetry.counts == {"SweepFailed": 50}


@pytest.mark.parametrize("order", [pending(), waiting()], ids=["pending", "waiting"])
def test_an_order_nobody_paid_expires(order: Order) -> None:
    shop = Swept(order)

    shop.expire()
    shop.expire()

    assert shop.order.status is Status.EXPIRED
    assert shop.order.outbox == ()
    assert shop.bus.types.count("order.expired") == 1
    assert shop.stock.held == {}
    assert shop.stock.available["soup"] == 10


def test_first_the_page_then_the_order_then_the_stock() -> None:
    shop = Swept(waiting())

    shop.expire()

    assert shop.faults.calls == [
        "orders.overdue",
        "orders.get",
        "gateway.expire_page",
        "orders.replace",
        "stock.release",
        "events.publish",
        "orders.acknowledge",
    ]


def test_before_its_time_no_order_expires() -> None:
    shop = Swept(waiting())
    shop.clock.now = NOON + TIME_TO_PAY

    shop.expire()

    assert shop.order == waiting()


def test_a_payment_whose_webhook_never_came_is_found() -> None:
    shop = Swept(waiting())
    payment = shop.gateway.pay(SESSION_ID)
    assert payment is not None

    shop.expire()
    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.bus.types == ["payment.succeeded"], "told once: the message is durable"
    assert shop.telemetry.counts == {"PaymentFoundBySweep": 1}
    assert ORDER_ID in shop.stock.held


def test_a_payment_under_way_is_looked_at_again_after_an_hour() -> None:
    shop = Swept(waiting())
    shop.gateway.begin_to_pay(SESSION_ID)

    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.order.checkout.expires_at == shop.clock.now + timedelta(hours=1)
    assert shop.orders.overdue(shop.clock.now, 50) == []


def test_stripe_down_for_one_order_leaves_the_others_their_turn() -> None:
    shop = Swept(waiting())
    shop.also("second")
    shop.faults.at(2, Mishap.FAILS)

    shop.expire()

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert shop.orders.stored["second"].status is Status.EXPIRED
    assert shop.telemetry.counts == {"SweepFailed": 1, "OrderExpired": 1}


def test_orders_that_cannot_be_closed_keep_no_other_from_its_turn() -> None:
    shop = Swept(waiting())
    del shop.orders.stored[ORDER_ID]
    lost = waiting().wait_until(NOON + TIME_TO_PAY)
    lost = replace(lost, checkout=replace(lost.checkout, session_id="cs_of_another_account"))
    for number in range(60):
        shop.orders.stored[f"lost-{number}"] = replace(lost, order_id=f"lost-{number}")
    shop.also("younger")
    younger = pending("younger").retry_checkout(1, shop.clock.now - timedelta(milliseconds=1))
    shop.orders.stored["younger"] = younger

    for _ in range(2):
        shop.expire()
        shop.clock.advance(minutes=1)

    assert shop.orders.stored["younger"].status is Status.EXPIRED
    assert "younger" in shop.stock.released
    assert shop.telemetry.counts["SweepFailed"] == 60
    assert shop.orders.stored["lost-0"].is_open


def test_an_order_that_could_not_be_closed_is_tried_again_after_five_minutes() -> None:
    shop = Swept(waiting())
    shop.faults.at(2, Mishap.FAILS)
    shop.expire()
    assert shop.order.is_open

    shop.clock.advance(minutes=5, seconds=1)
    shop.expire()

    assert shop.order.status is Status.EXPIRED


def test_however_many_are_overdue_all_are_closed() -> None:
    shop = Swept(pending())
    for number in range(120):
        shop.orders.stored[f"late-{number}"] = pending(f"late-{number}")

    shop.expire()

    assert {order.status for order in shop.orders.stored.values()} == {Status.EXPIRED}


def test_after_a_minute_the_rest_is_left_to_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Swept(pending())
    for number in range(3):
        shop.also(f"late-{number}")
    release = shop.stock.release

    def slowly(order_id: str, trace_id: str) -> None:
        shop.clock.advance(seconds=40)
        release(order_id, trace_id)

    monkeypatch.setattr(shop.stock, "release", slowly)

    shop.expire()

    closed = [order for order in shop.orders.stored.values() if order.is_closed]
    assert len(closed) == 2


def test_a_late_event_that_says_stock_is_free_frees_it_first() -> None:
    shop = Swept(pending())
    shop.faults.at(2, Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        shop.handle(NOT_WANTED)
    assert ORDER_ID in shop.stock.held

    shop.deliver()

    assert shop.bus.types == ["order.created", "order.cancelled"]
    assert shop.stock.held == {}


def test_a_hold_without_an_order_is_freed_ten_minutes_after_its_end() -> None:
    shop = Swept(waiting())
    shop.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")

    shop.settle()
    early = "orphan" in shop.stock.held
    shop.clock.advance(minutes=10)
    shop.settle()

    assert early
    assert "orphan" in shop.stock.released
    assert shop.telemetry.counts == {"OrphanFreed": 1}


def test_a_closed_orders_hold_is_freed() -> None:
    shop = Swept(waiting())
    shop.faults.at(3, Mishap.DIES_BEFORE)
    with pytest.raises(BaseException, match=r"stock\.release"):
        shop.handle(NOT_WANTED)
    shop.clock.advance(minutes=10)

    shop.settle()

    assert shop.stock.held == {}


def test_an_open_order_keeps_its_hold() -> None:
    shop = Swept(waiting())
    later = NOON + timedelta(hours=2)
    shop.orders.stored[ORDER_ID] = waiting().wait_until(later)
    shop.clock.advance(minutes=10)

    shop.settle()

    assert shop.stock.held_until[ORDER_ID] == later


def test_an_open_order_past_its_time_is_not_found_again_before_all_others() -> None:
    shop = Swept(waiting())
    shop.clock.advance(minutes=10)
    before = shop.clock.now - timedelta(minutes=10)
    assert shop.stock.overdue(before, 50, "trace-1") == (ORDER_ID,)

    shop.settle()

    assert shop.stock.overdue(before, 50, "trace-1") == ()
    assert ORDER_ID in shop.stock.held


def test_a_paid_orders_hold_is_sold() -> None:
    shop = Swept(waiting())
    shop.orders.stored[ORDER_ID] = paid()
    shop.clock.advance(minutes=10)

    shop.settle()

    assert ORDER_ID in shop.stock.sold
    assert shop.telemetry.counts == {}


def test_a_hold_that_is_prolonged_meanwhile_is_not_freed() -> None:
    shop = Swept(waiting())
    shop.stock.reserve("orphan", SOUP, NOON + TIME_TO_PAY, "trace-1")
    shop.clock.advance(minutes=10)
    overdue_at = shop.clock.now - timedelta(minutes=10)
    shop.stock.reserve("orphan", SOUP, NOON + timedelta(hours=2), "trace-1")

    shop.stock.release("orphan", "trace-1", overdue_at)

    assert "orphan" in shop.stock.held


def test_money_for_a_closed_order_is_somebodys_to_look_at() -> None:
    shop = Swept(waiting())
    shop.expire()

    with pytest.raises(Exception, match="expired cannot become paid"):
        shop.handle(MONEY_CAME)

    assert shop.stock.sold == {}


def test_without_the_stores_nothing_is_found_out() -> None:
    shop = Swept(waiting())
    for attempt in (shop.deliver, shop.expire):
        shop.faults.next()
        with pytest.raises(OrderStoreUnavailableError):
            attempt()
    shop.faults.next()
    with pytest.raises(StockUnavailableError):
        shop.settle()


def test_events_of_a_closed_order_are_told_by_name() -> None:
    closed = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON))
    shop = Swept(closed)

    shop.deliver()

    assert shop.bus.types == ["order.cancelled"]
