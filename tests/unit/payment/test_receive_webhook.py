"""Stripe may forget an event only when it is published."""

import pytest

from gorder.contracts.bus import EventBusUnavailableError
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.commands.receive_webhook import ReceiveWebhook, ReceiveWebhookHandler
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.clock import utc_now
from tests.fakes.bus import MemoryBus
from tests.fakes.examples import ORDER_ID, TRACE_ID
from tests.fakes.faults import Faults, Mishap
from tests.fakes.telemetry import MemoryTelemetry
from tests.fakes.webhooks import SECRET, event, session, signature

PAID = event("checkout.session.completed", session())


class Door:
    """The handler, on a bus that can fail."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.bus = MemoryBus(faults=self.faults)
        self.telemetry = MemoryTelemetry()
        reader = StripeWebhookReader(SECRET, utc_now)
        self._handle = ReceiveWebhookHandler(reader, self.bus, self.telemetry)

    def receive(self, body: bytes, secret: str = SECRET) -> None:
        self._handle(ReceiveWebhook(body, signature(body, utc_now(), secret), "own-trace"))


def test_a_payment_is_published_under_the_orders_trace() -> None:
    door = Door()

    door.receive(PAID)

    [published] = door.bus.published
    assert (published.event_type, published.trace_id) == ("payment.succeeded", TRACE_ID)
    [(name, fields)] = door.telemetry.lines
    assert name == "webhook.published"
    assert fields["event_id"] == "evt_1"
    assert door.telemetry.followed == [(ORDER_ID, TRACE_ID)]


def test_the_same_webhook_twice_is_the_same_event_twice() -> None:
    door = Door()

    door.receive(PAID)
    door.receive(PAID)

    first, second = door.bus.published
    assert first == second


@pytest.mark.parametrize("mishap", [Mishap.FAILS, Mishap.LOSES_ANSWER])
def test_what_is_not_surely_published_is_not_acknowledged(mishap: Mishap) -> None:
    door = Door()
    door.faults.next(mishap)

    with pytest.raises(EventBusUnavailableError):
        door.receive(PAID)


def test_a_forged_webhook_publishes_nothing() -> None:
    door = Door()

    with pytest.raises(InvalidWebhook):
        door.receive(PAID, secret="whsec_other")

    assert door.bus.published == []


def test_what_is_no_concern_of_ours_is_counted_and_acknowledged() -> None:
    door = Door()

    door.receive(event("customer.created", {"id": "cus_1"}))

    assert door.bus.published == []
    assert door.telemetry.counts == {"WebhookIgnored": 1}


@pytest.mark.parametrize(
    ("kind", "metric", "line"),
    [
        ("refund.failed", "RefundFailed", "refund.failed"),
        ("charge.dispute.created", "DisputeOpened", "dispute.opened"),
    ],
)
def test_what_needs_a_person_is_counted_and_said_with_stripes_ids(
    kind: str, metric: str, line: str
) -> None:
    door = Door()

    door.receive(event(kind, {"id": "re_1", "payment_intent": "pi_1"}))

    assert door.telemetry.counts == {metric: 1}
    assert door.telemetry.warnings == [line]
    ids = {"stripe_object_id": "re_1", "payment_intent_id": "pi_1"}
    assert (line, ids) in door.telemetry.lines
