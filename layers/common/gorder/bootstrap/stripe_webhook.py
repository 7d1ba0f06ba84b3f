"""Build the stripe_webhook function."""

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.settings import StackSettings, WebhookSettings, load
from gorder.contracts.bus import EventPublisher, Topic
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.commands.receive_webhook import ReceiveWebhook, ReceiveWebhookHandler
from gorder.payment.ports import WebhookReader
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes, read_secret, require_webhook_secret


def build(reader: WebhookReader, events: EventPublisher) -> Handler[ReceiveWebhook, None]:
    handler = ReceiveWebhookHandler(reader=reader, events=events, telemetry=telemetry)
    return observed("ReceiveWebhook", handler)


@cached_for_five_minutes
def service() -> Handler[ReceiveWebhook, None]:
    secret_id = load(WebhookSettings).webhook_secret
    secret = require_webhook_secret(read_secret(secret_id), "webhook_secret", secret_id)
    reader = StripeWebhookReader(secret, utc_now, load(StackSettings).stack)
    return build(reader, event_publisher(Topic.STRIPE))
