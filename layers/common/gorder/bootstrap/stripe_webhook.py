"""Puts the stripe_webhook function together."""

from gorder.bootstrap.settings import StripeSettings, load
from gorder.bootstrap.topic import topic
from gorder.contracts.bus import EventPublisher
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.commands.receive_webhook import ReceiveWebhook, ReceiveWebhookHandler
from gorder.payment.ports import WebhookReader
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import renewed, secret_field


def build(reader: WebhookReader, events: EventPublisher) -> Handler[ReceiveWebhook, None]:
    """The decorated handler on the ports given."""
    handler = ReceiveWebhookHandler(reader, events, telemetry)
    return observed("ReceiveWebhook", handler)


@renewed
def service() -> Handler[ReceiveWebhook, None]:
    """The handler on the real ports."""
    secret = secret_field(load(StripeSettings).stripe_secret, "webhook_secret")
    return build(StripeWebhookReader(secret, utc_now), topic())
