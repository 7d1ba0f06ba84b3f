"""Webhook endpoints that gorder creates at Stripe."""

import pytest
import stripe

from gorder.clients.stripe import stripe_client
from gorder.contracts.events import CatalogueChanged
from gorder.payment.adapters.stripe_endpoints import StripeEndpoints
from gorder.payment.adapters.stripe_webhook import UNDERSTOOD, StripeWebhookReader
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from gorder.runtime.clock import utc_now
from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import Receiver
from tests.fakes.examples import STACK

pytestmark = pytest.mark.servers


def endpoints(standin: StandinClient) -> StripeEndpoints:
    return StripeEndpoints(stripe_client("sk_test_x", standin.url))


def test_webhooks_are_signed_with_the_secret_of_the_created_endpoint(
    standin: StandinClient,
) -> None:
    with Receiver() as receiver:
        created = endpoints(standin).create(receiver.url)
        receiver.secret = created.secret
        standin.stripe.products.create({"name": "Soup"})
        [webhook] = receiver.wait_for(1, "product.created")

    event = StripeWebhookReader(created.secret, utc_now, STACK).read(
        webhook.body, webhook.signature, "t"
    )
    assert isinstance(event, CatalogueChanged)


def test_an_endpoint_has_the_sdks_api_version_and_the_events_that_gorder_reads(
    standin: StandinClient,
) -> None:
    endpoints(standin).create("https://shop.example/api/webhook")

    [endpoint] = standin.stripe.webhook_endpoints.list().data
    assert endpoint.api_version == stripe.api_version
    assert set(endpoint.enabled_events) == UNDERSTOOD


def test_a_second_endpoint_with_the_same_url_is_refused(standin: StandinClient) -> None:
    endpoints(standin).create("https://shop.example/api/webhook")

    with pytest.raises(PaymentGatewayRefusedError, match="already has endpoint we_"):
        endpoints(standin).create("https://shop.example/api/webhook")


def test_an_unreachable_stripe_raises_unavailable() -> None:
    unreachable = StripeEndpoints(stripe_client("sk_test_x", "http://127.0.0.1:1"))

    with pytest.raises(PaymentGatewayUnavailableError):
        unreachable.create("https://shop.example/api/webhook")
