"""Receive a webhook of Stripe: verify it, publish its event, and only then acknowledge it."""

from dataclasses import dataclass

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.payment.alerts import alert
from gorder.payment.ports import WebhookReader


@dataclass(frozen=True, slots=True)
class ReceiveWebhook:
    """A webhook: its unchanged body and its Stripe-Signature header."""

    body: bytes
    signature: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class ReceiveWebhookHandler:
    """Receives webhooks. Stripe sends an event again unless the handler returns."""

    reader: WebhookReader
    events: EventPublisher
    telemetry: Telemetry

    def __call__(self, command: ReceiveWebhook) -> None:
        """Verify the webhook and publish its event.

        Raises:
            InvalidWebhook: it is not a current webhook of Stripe.
            BodyTooLarge: its body has more than 256 KiB.
            EventBusUnavailableError: the event is not published.
        """
        event = self.reader.read(command.body, command.signature, command.trace_id)
        if event is None:
            self.telemetry.count("WebhookIgnored")
            return
        if order_id := event.data.order_id:
            self.telemetry.bind(order_id, event.trace_id)
        self.events.publish([event])
        self.telemetry.info("webhook.published", event_id=event.event_id, type=event.event_type)
        alert(self.telemetry, event)
