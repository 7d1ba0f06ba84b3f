"""Events that no webhook reported are found in Stripe's list, a bounded number of times."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from gorder.bootstrap.payment_records import OrderServiceRecords
from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.model import Order
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.payment.commands.find_missed_webhooks import (
    DEEPEST,
    INTERVAL,
    ON_ITS_WAY,
    FindMissedWebhooks,
    FindMissedWebhooksHandler,
    look_back,
)
from gorder.payment.ports import PaymentGatewayUnavailableError
from gorder.stripe_mark import MARK
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import ORDER_ID, paid, waiting
from tests.fakes.faults import Faults
from tests.fakes.orders import MemoryOrders
from tests.fakes.stripe_events import MemoryStripeEvents
from tests.fakes.telemetry import MemoryTelemetry
from tests.fakes.webhooks import session

COMPLETED = "checkout.session.completed"
OLD_ENOUGH = NOON - timedelta(minutes=2)
CHARGE: dict[str, Any] = session(id="ch_1", object="charge")
OTHERS: dict[str, Any] = session(metadata={"order_id": ORDER_ID, MARK: "another-shop"})


class MissedWebhooksScenario:
    """The handler on a list of events, an order store and a bus. The clock is at noon."""

    def __init__(self, *orders: Order) -> None:
        self.faults = Faults()
        self.clock = StandingClock()
        self.stripe = MemoryStripeEvents(self.faults)
        self.bus = MemoryBus(faults=self.faults)
        self.telemetry = MemoryTelemetry()
        orders_ = MemoryOrders(*orders, faults=self.faults)
        self._handle = FindMissedWebhooksHandler(
            self.stripe, OrderServiceRecords(orders_), self.bus, self.clock, self.telemetry
        )

    def run(self, at: datetime = NOON) -> None:
        self.clock.now = at
        self._handle(FindMissedWebhooks("own-trace"))


@pytest.mark.parametrize(
    ("type_", "thing", "published"),
    [
        (COMPLETED, session(), "payment.succeeded"),
        ("charge.refunded", CHARGE, "payment.refunded"),
        ("refund.failed", CHARGE, "payment.refund_failed"),
        ("charge.dispute.created", CHARGE, "payment.disputed"),
        ("charge.dispute.closed", CHARGE, "payment.dispute_closed"),
        ("checkout.session.expired", session(), "payment.checkout_expired"),
        ("product.updated", {"id": "prod_1", "object": "product"}, "catalogue.changed"),
    ],
)
def test_an_undelivered_event_is_published_as_its_webhook_would(
    type_: str, thing: dict[str, Any], published: str
) -> None:
    scenario = MissedWebhooksScenario(waiting())
    scenario.stripe.add(OLD_ENOUGH, type_, thing)

    scenario.run()

    [event] = scenario.bus.published
    assert (event.event_id, event.event_type) == ("evt_1", published)
    assert event.occurred_at == OLD_ENOUGH
    assert scenario.telemetry.counts["WebhookMissed"] == 1
    assert "webhook.missed" in scenario.telemetry.warnings


@pytest.mark.parametrize(
    ("age", "found"),
    [(ON_ITS_WAY - timedelta(seconds=1), 0), (ON_ITS_WAY, 1), (2 * INTERVAL, 1)],
)
def test_a_webhook_that_may_be_on_its_way_is_left(age: timedelta, found: int) -> None:
    scenario = MissedWebhooksScenario()
    scenario.stripe.add(NOON - age, COMPLETED, session())

    scenario.run()

    assert len(scenario.bus.published) == found


def test_an_event_is_found_within_five_minutes_although_a_run_takes_a_minute() -> None:
    assert ON_ITS_WAY + INTERVAL + timedelta(seconds=60) <= timedelta(minutes=5)


def test_a_run_publishes_an_undelivered_event_once() -> None:
    """Both lists have it."""
    scenario = MissedWebhooksScenario(waiting())
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session())
    scenario.stripe.add(OLD_ENOUGH, "charge.refunded", CHARGE, "evt_2")

    scenario.run()

    assert sorted(event.event_id for event in scenario.bus.published) == ["evt_1", "evt_2"]


def test_an_event_that_is_never_delivered_is_published_a_bounded_number_of_times() -> None:
    scenario = MissedWebhooksScenario()
    scenario.stripe.add(NOON, "product.updated", {"id": "prod_1", "object": "product"})

    for run in range(2 ** (DEEPEST + 2)):
        scenario.run(NOON + run * INTERVAL)

    assert len(scenario.bus.published) == DEEPEST + 2 == 13


@pytest.mark.parametrize("failed_runs", [1, 2, 10, 100, 500])
def test_what_an_outage_left_is_found_within_twice_its_time(failed_runs: int) -> None:
    """The webhooks and the runs fail at the same time, and the outage begins at any run."""
    for start in range(0, 2000, 37):
        begins = NOON + start * INTERVAL
        ends = begins + failed_runs * INTERVAL
        runs = (ends + run * INTERVAL for run in itertools.count())
        found = next(at for at in runs if at - ON_ITS_WAY - look_back(at) < begins - ON_ITS_WAY)

        assert found - ends < 2 * failed_runs * INTERVAL


def test_the_deepest_look_back_is_a_week_and_within_what_stripe_keeps() -> None:
    deepest = max(look_back(NOON + run * INTERVAL) for run in range(2 ** (DEEPEST + 1)))

    assert timedelta(days=7) < deepest < timedelta(days=30)


def test_another_shops_and_unused_events_are_left() -> None:
    scenario = MissedWebhooksScenario()
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, OTHERS)
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(payment_status="unpaid"))
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(metadata={}))

    scenario.run()

    assert scenario.bus.published == []
    assert scenario.telemetry.counts == {}


@pytest.mark.parametrize("broken", [{}, None, {"id": 7}, session(amount_total=-1)])
def test_a_malformed_event_does_not_stop_the_others(broken: object) -> None:
    scenario = MissedWebhooksScenario()
    scenario.stripe.add(OLD_ENOUGH, "charge.refunded", CHARGE, "evt_before")
    scenario.stripe.add(OLD_ENOUGH, "charge.refunded" if not broken else COMPLETED, broken)
    scenario.stripe.add(OLD_ENOUGH, "charge.refunded", CHARGE, "evt_after")

    scenario.run()

    published = [event.event_id for event in scenario.bus.published]
    assert published == ["evt_before", "evt_after"]


def test_a_malformed_event_is_counted() -> None:
    scenario = MissedWebhooksScenario()
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(amount_total=-1))

    scenario.run()

    assert scenario.telemetry.counts == {"WebhookUnreadable": 1}
    [(line, fields)] = scenario.telemetry.lines
    assert (line, fields["stripe_event_id"]) == ("webhook.unreadable", "evt_1")


@pytest.mark.parametrize(("order", "found"), [(waiting(), 1), (paid(), 0), (None, 0)])
def test_a_payment_without_an_endpoint_is_found_by_its_order(
    order: Order | None, found: int
) -> None:
    scenario = MissedWebhooksScenario(*([order] if order else []))
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(), delivered=True)

    scenario.run()

    assert scenario.bus.types == ["payment.succeeded"] * found
    assert scenario.telemetry.counts.get("WebhookMissed", 0) == found


def test_refunds_and_disputes_without_an_endpoint_are_published() -> None:
    """They cannot be told from delivered ones, and are few."""
    scenario = MissedWebhooksScenario(paid())
    for number, type_ in enumerate(("charge.refunded", "charge.dispute.created")):
        scenario.stripe.add(OLD_ENOUGH, type_, CHARGE, f"evt_{number}", delivered=True)
    scenario.stripe.add(OLD_ENOUGH, "checkout.session.expired", session(), delivered=True)
    product = {"id": "prod_1", "object": "product"}
    scenario.stripe.add(OLD_ENOUGH, "product.updated", product, delivered=True)

    scenario.run()

    assert sorted(scenario.bus.types) == ["payment.disputed", "payment.refunded"]
    assert scenario.telemetry.counts == {}


def test_orders_are_read_once_a_run() -> None:
    scenario = MissedWebhooksScenario(waiting())
    for number in range(150):
        scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(), f"evt_{number}", delivered=True)

    scenario.run()

    assert scenario.faults.calls.count("orders.payment_keys") == 1


def test_a_run_without_payments_does_not_ask_the_order_store() -> None:
    scenario = MissedWebhooksScenario()

    scenario.run()

    assert scenario.faults.calls == ["stripe_events.undelivered", "stripe_events.about_money"]


def test_a_run_ends_after_a_minute_and_has_published_the_newest() -> None:
    scenario = MissedWebhooksScenario()
    for number in range(10):
        at = OLD_ENOUGH - timedelta(seconds=number)
        scenario.stripe.add(at, "charge.refunded", CHARGE, f"evt_{number}")
    publish = scenario.bus.deliver

    def slowly(event: Any) -> None:
        publish(event)
        scenario.clock.advance(seconds=25)

    scenario.bus.deliver = slowly  # type: ignore[method-assign]  # a slow bus
    scenario.run()

    assert [event.event_id for event in scenario.bus.published] == ["evt_0", "evt_1", "evt_2"]
    assert scenario.telemetry.counts["WebhookCheckCut"] == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("stripe_events.undelivered", PaymentGatewayUnavailableError),
        ("stripe_events.about_money", PaymentGatewayUnavailableError),
        ("events.publish", EventBusUnavailableError),
        ("orders.payment_keys", OrderStoreUnavailableError),
    ],
)
def test_the_next_run_finds_what_a_failed_one_left(call: str, error: type[Exception]) -> None:
    scenario = MissedWebhooksScenario(waiting())
    scenario.stripe.add(OLD_ENOUGH, "charge.refunded", CHARGE, "evt_refund")
    scenario.stripe.add(OLD_ENOUGH, COMPLETED, session(), "evt_payment", delivered=True)
    scenario.faults.on(call)

    with pytest.raises(error):
        scenario.run()
    scenario.run(NOON + INTERVAL)

    assert {event.event_id for event in scenario.bus.published} == {"evt_refund", "evt_payment"}
