"""Contract of Stripe's list of events, for the fake and for the adapter on the stand-in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from gorder.clients.stripe import stripe_client
from gorder.contracts.events import PaymentSucceeded
from gorder.payment.adapters.stripe_events import StripeEventList
from gorder.payment.ports import (
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
    StripeEvents,
)
from gorder.runtime.clock import utc_now
from gorder.stripe_mark import MARK
from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving
from tests.fakes.examples import ORDER_ID, STACK
from tests.fakes.stripe_events import MemoryStripeEvents
from tests.fakes.webhooks import session as paid_page

COMPLETED = "checkout.session.completed"
HOUR = timedelta(hours=1)


class EventSetup(Protocol):
    """A list of events, and what makes events."""

    @property
    def events(self) -> StripeEvents: ...

    def pay(self, stack: str = STACK, *, delivered: bool) -> None: ...

    def create_product(self, *, delivered: bool) -> None: ...

    def fail_next_read(self) -> None: ...


class MemoryEventSetup:
    """The fake."""

    def __init__(self) -> None:
        self.events = MemoryStripeEvents()

    def pay(self, stack: str = STACK, *, delivered: bool) -> None:
        metadata = {"order_id": ORDER_ID, MARK: stack}
        paid = paid_page(metadata=metadata)
        self.events.add(utc_now(), COMPLETED, paid, delivered=delivered)

    def create_product(self, *, delivered: bool) -> None:
        product = {"id": "prod_1", "object": "product"}
        self.events.add(utc_now(), "product.created", product, delivered=delivered)

    def fail_next_read(self) -> None:
        self.events.faults.on("stripe_events.undelivered")


class StandinEventSetup:
    """The adapter. An endpoint exists while events are made that must not count as delivered."""

    def __init__(self, standin: StandinClient) -> None:
        self._standin = standin
        self.events = StripeEventList(stripe_client("sk_test_x", standin.url), STACK)

    @contextmanager
    def _delivering(self, type_: str, *, delivered: bool) -> Iterator[None]:
        if delivered:  # to no endpoint
            yield
            return
        with receiving(self._standin, type_):
            self._standin.control("webhooks", {"mode": "drop"})
            yield
            self._standin.control("webhooks", {"mode": "normal"})

    def pay(self, stack: str = STACK, *, delivered: bool) -> None:
        metadata = {"order_id": ORDER_ID, MARK: stack}
        with self._delivering(COMPLETED, delivered=delivered):
            self._standin.paid_session(client_reference_id=ORDER_ID, metadata=metadata)

    def create_product(self, *, delivered: bool) -> None:
        with self._delivering("product.created", delivered=delivered):
            self._standin.stripe.products.create({"name": "Soup"})

    def fail_next_read(self) -> None:
        fault = {"method": "GET", "path": "/v1/events$", "status": 500, "times": 3}
        self._standin.control("faults", fault)


@pytest.fixture(params=["memory", pytest.param("stripe", marks=pytest.mark.servers)])
def setup(request: pytest.FixtureRequest) -> EventSetup:
    if request.param == "memory":
        return MemoryEventSetup()
    return StandinEventSetup(request.getfixturevalue("standin"))


def bounds() -> tuple[datetime, datetime]:
    return utc_now() - HOUR, utc_now() + HOUR


def undelivered(setup: EventSetup) -> list[str]:
    return [each.type for each in setup.events.undelivered(*bounds())]


def about_money(setup: EventSetup) -> list[tuple[str, bool]]:
    return [(each.type, each.is_delivered) for each in setup.events.about_money(*bounds())]


def test_an_undelivered_payment_is_listed_and_read_as_its_webhook(setup: EventSetup) -> None:
    setup.pay(delivered=False)

    [listed] = setup.events.undelivered(*bounds())

    event = setup.events.translate(listed, "own-trace")
    assert isinstance(event, PaymentSucceeded)
    assert (event.event_id, event.data.order_id) == (listed.event_id, ORDER_ID)
    assert not listed.is_delivered


def test_what_no_endpoint_gets_is_delivered(setup: EventSetup) -> None:
    setup.pay(delivered=True)

    assert undelivered(setup) == []
    assert about_money(setup) == [(COMPLETED, True)]


def test_the_catalogue_is_not_about_money(setup: EventSetup) -> None:
    setup.create_product(delivered=False)

    assert undelivered(setup) == ["product.created"]
    assert about_money(setup) == []


def test_another_shops_payment_is_listed_and_not_used(setup: EventSetup) -> None:
    setup.pay("another-shop", delivered=False)

    [listed] = setup.events.undelivered(*bounds())

    assert setup.events.translate(listed, "own-trace") is None


def test_only_events_of_the_time_are_listed(setup: EventSetup) -> None:
    setup.pay(delivered=False)
    after, until = bounds()

    assert list(setup.events.undelivered(after, after + timedelta(minutes=1))) == []
    assert list(setup.events.about_money(until - timedelta(minutes=1), until)) == []


def test_no_answer_is_transient(setup: EventSetup) -> None:
    setup.fail_next_read()

    with pytest.raises(PaymentGatewayUnavailableError):
        list(setup.events.undelivered(*bounds()))


@pytest.mark.servers
def test_every_page_is_read_newest_first(standin: StandinClient) -> None:
    setup = StandinEventSetup(standin)
    with receiving(standin, "product.created"):
        standin.control("webhooks", {"mode": "drop"})
        made = [standin.stripe.products.create({"name": str(n)}).id for n in range(120)]

    found = [each.body["data"]["object"]["id"] for each in setup.events.undelivered(*bounds())]

    assert found == made[::-1]
    lists = [each for each in standin.control("requests", method="GET") if each["method"] == "GET"]
    assert [each["path"] for each in lists] == ["/v1/events"] * 2


@pytest.mark.servers
def test_a_missing_permission_is_a_defect(standin: StandinClient) -> None:
    standin.control("faults", {"method": "GET", "path": "/v1/events$", "status": 403, "times": 1})

    with pytest.raises(PaymentGatewayRefusedError):
        list(StandinEventSetup(standin).events.undelivered(*bounds()))


@pytest.mark.servers
def test_sessions_are_listed_by_status_and_time(standin: StandinClient) -> None:
    """Of the stand-in: a shop may ask by page, too."""
    paid = standin.paid_session()
    standin.session()
    sessions = standin.stripe.checkout.sessions
    now = int(utc_now().timestamp())

    found = sessions.list({"status": "complete", "created": {"gte": now - 60}}).data
    later = sessions.list({"status": "complete", "created": {"gte": now + 60}}).data

    assert ([session.id for session in found], later) == ([paid.id], [])
