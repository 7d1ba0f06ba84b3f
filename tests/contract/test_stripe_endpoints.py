"""An endpoint that gorder makes is one whose webhooks gorder can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from gorder.clients.stripe import stripe_client
from gorder.contracts.events import CatalogueChanged
from gorder.payment.adapters.stripe_endpoints import StripeEndpoints
from gorder.payment.adapters.stripe_webhook import UNDERSTOOD, StripeWebhookReader
from gorder.payment.ports import PaymentGatewayRefusedError, PaymentGatewayUnavailableError
from gorder.runtime.clock import utc_now
from tests.contract.stripe_parts import Receiver, Standin, running_standin

pytestmark = pytest.mark.servers


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with running_standin(tmp_path / "stripe.db") as running:
        yield running


def endpoints(standin: Standin) -> StripeEndpoints:
    return StripeEndpoints(stripe_client("sk_test_x", standin.url))


def test_what_it_sends_is_signed_with_the_secret_that_was_shown(standin: Standin) -> None:
    with Receiver() as receiver:
        made = endpoints(standin).create(receiver.url)
        receiver.secret = made.secret
        standin.stripe.products.create({"name": "Soup"})
        [webhook] = receiver.wait_for(1, "product.created")

    read = StripeWebhookReader(made.secret, utc_now).read(webhook.body, webhook.signature, "t")
    assert isinstance(read, CatalogueChanged)


def test_it_is_pinned_to_the_sdks_version_and_to_what_is_understood(standin: Standin) -> None:
    endpoints(standin).create("https://shop.example/api/webhook")

    [kept] = standin.stripe.webhook_endpoints.list().data
    assert kept.api_version == stripe.api_version
    assert set(kept.enabled_events) == UNDERSTOOD


def test_a_second_one_for_the_same_url_would_send_everything_twice(standin: Standin) -> None:
    endpoints(standin).create("https://shop.example/api/webhook")

    with pytest.raises(PaymentGatewayRefusedError, match="already, we_"):
        endpoints(standin).create("https://shop.example/api/webhook")


def test_stripe_down_is_said_so() -> None:
    nobody = StripeEndpoints(stripe_client("sk_test_x", "http://127.0.0.1:1"))

    with pytest.raises(PaymentGatewayUnavailableError):
        nobody.create("https://shop.example/api/webhook")
