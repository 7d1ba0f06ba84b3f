"""Register the deployed webhook with the Stripe stand-in."""

from collections.abc import Mapping

import httpx
import stripe

from devstack.env import CONTROL_KEY
from gorder.payment.adapters.stripe_webhook import UNDERSTOOD

PATH = "/api/webhook"


def register(environment: Mapping[str, str]) -> None:
    """Register the deployed webhook and delete those of earlier deployments. Safe to repeat."""
    url = environment["GORDER_API_URL"] + PATH
    base = environment["STRIPE_API_BASE"]
    client = stripe.StripeClient(environment["STRIPE_API_KEY"], base_addresses={"api": base})
    for endpoint in client.v1.webhook_endpoints.list({"limit": 100}).data:
        if endpoint.url.endswith(PATH) and endpoint.url != url:
            client.v1.webhook_endpoints.delete(endpoint.id)
    # Stripe generates the secret. The stand-in's test control accepts the deployed one.
    body = {
        "url": url,
        "secret": environment["STRIPE_WEBHOOK_SECRET"],
        "enabled_events": sorted(UNDERSTOOD),
    }
    control(environment, "webhook_endpoints", body)


def control(
    environment: Mapping[str, str], name: str, arguments: Mapping[str, object] | None = None
) -> None:
    """Call a test control of the stand-in."""
    httpx.post(
        f"{environment['STRIPE_API_BASE']}/_test/{name}",
        headers={"Authorization": f"Bearer {environment[CONTROL_KEY]}"},
        json=arguments or {},
        timeout=10,
    ).raise_for_status()
