"""Webhook endpoints of a Stripe account, at the API version that gorder reads."""

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
    """A webhook endpoint. Stripe shows its signing secret only when it is created."""

    endpoint_id: str
    secret: str
    api_version: str


class StripeEndpoints:
    """The webhook endpoints of an account."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._endpoints = client.v1.webhook_endpoints

    def create(self, url: str) -> Endpoint:
        """Create an endpoint for every event that gorder understands, at the SDK's API version.

        Raises:
            PaymentGatewayRefusedError: the URL has an endpoint already, or Stripe refuses it.
            PaymentGatewayUnavailableError: Stripe did not answer.
        """
        with translated():
            for known in self._endpoints.list({"limit": 100}).auto_paging_iter():
                if known.url == url:
                    raise PaymentGatewayRefusedError(
                        f"Stripe already has endpoint {known.id} for {url}: "
                        "delete it in Stripe, or roll its secret and use that"
                    )
            params = {
                "url": url,
                "enabled_events": sorted(UNDERSTOOD),
                "api_version": stripe.api_version,
                "description": "gorder",
            }
            made = self._endpoints.create(cast("WebhookEndpointCreateParams", params))
            if made.secret is None:
                raise PaymentGatewayRefusedError(
                    f"Stripe created endpoint {made.id} without a secret: roll its secret in Stripe"
                )
            return Endpoint(made.id, made.secret, stripe.api_version)
