"""A webhook is acknowledged only after its event is published."""

import pytest

from gorder.contracts.bus import EventBusUnavailableError
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.commands.receive_webhook import ReceiveWebhook, ReceiveWebhookHandler
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.clock import utc_now
from tests.fakes.bus import MemoryBus
from tests.fakes.examples import ORDER_ID, STACK, TRACE_ID
from tests.fakes.faults import Faults, Mishap
from tests.fakes.telemetry import MemoryTelemetry
from tests.fakes.webhooks import SECRET, event, session, signature

PAID = event("checkout.session.completed", session())


class WebhookScenario:
    """The handler of `ReceiveWebhook` on a bus that can fail."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.bus = MemoryBus(faults=self.faults)
        self.telemetry = MemoryTelemetry()
        reader = StripeWebhookReader(SECRET, utc_now, STACK)
        self._handle = ReceiveWebhookHandler(reader, self.bus, self.telemetry)

    def receive(self, body: bytes, secret: str = SECRET) -> None:
        self._handle(ReceiveWebhook(body, signature(body, utc_now(), secret), "own-trace"))


def test_a_payment_is_published_under_the_orders_trace() -> None:
    scenario = WebhookScenario()

    scenario.receive(PAID)

    [published] = scenario.bus.published
    assert (published.event_type, published.trace_id) == ("payment.succeeded", TRACE_ID)
    [(name, fields)] = scenario.telemetry.lines
    assert name == "webhook.published"
    assert fields["event_id"] == "evt_1"
    assert scenario.telemetry.bound == [(ORDER_ID, TRACE_ID)]


def test_a_repeated_webhook_publishes_the_same_event() -> None:
    scenario = WebhookScenario()

    scenario.receive(PAID)
    scenario.receive(PAID)

    first, second = scenario.bus.published
    assert first == second


@pytest.mark.parametrize("mishap", [Mishap.FAILS, Mishap.LOSES_ANSWER])
def test_an_event_that_may_be_unpublished_is_not_acknowledged(mishap: Mishap) -> None:
    scenario = WebhookScenario()
    scenario.faults.on("events.publish", mishap)

    with pytest.raises(EventBusUnavailableError):
        scenario.receive(PAID)


def test_a_forged_webhook_publishes_nothing() -> None:
    scenario = WebhookScenario()

    with pytest.raises(InvalidWebhook):
        scenario.receive(PAID, secret="whsec_other")

    assert scenario.bus.published == []


def test_an_event_that_gorder_does_not_handle_is_acknowledged() -> None:
    scenario = WebhookScenario()

    scenario.receive(event("customer.created", {"id": "cus_1"}))

    assert scenario.bus.published == []
    assert scenario.telemetry.counts == {"WebhookIgnored": 1}
