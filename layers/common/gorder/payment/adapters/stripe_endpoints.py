"""Where Stripe sends its webhooks: in the words of the API version that is read here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import stripe

from gorder.payment.adapters.stripe_gateway import translated
from gorder.payment.adapters.stripe_webhook import UNDERSTOOD
from gorder.payment.ports import PaymentGatewayRefusedError

if TYPE_CHECKING:
    from stripe.params import WebhookEndpointCreateParams


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint. Stripe shows the signing secret this once."""

    endpoint_id: str
    secret: str
    api_version: str


class StripeEndpoints:
    """The webhook endpoints of an account."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._endpoints = client.v1.webhook_endpoints

    def create(self, url: str) -> Endpoint:
        """Have every event that gorder understands sent to the URL, at the SDK's own API version.

        Raises:
            PaymentGatewayRefusedError: the URL has an endpoint already, or Stripe says no.
            PaymentGatewayUnavailableError: Stripe did not answer.
        """
        with translated():
            for known in self._endpoints.list({"limit": 100}).auto_paging_iter():
                if known.url == url:
                    raise PaymentGatewayRefusedError(
                        f"Stripe has an endpoint for {url} already, {known.id}: "
                        "delete it there first, or roll its secret and use that"
                    )
            params = {
                "url": url,
                "enabled_events": sorted(UNDERSTOOD),
                "api_version": stripe.api_version,
                "description": "gorder",
            }
            made = self._endpoints.create(cast("WebhookEndpointCreateParams", params))
        if made.secret is None:
            raise PaymentGatewayRefusedError(f"Stripe made {made.id} and did not show its secret")
        return Endpoint(made.id, made.secret, stripe.api_version)
