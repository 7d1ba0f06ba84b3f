"""Create Stripe clients."""

import stripe

from gorder.runtime.limits import STRIPE


def stripe_client(api_key: str, api_base: str) -> stripe.StripeClient:
    """Create a client with the timeouts and attempts of `runtime.limits.STRIPE`.

    Its HTTP client is `requests`: the SDK depends on it, and the layer has no other.
    """
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=STRIPE.attempts - 1,
        http_client=stripe.RequestsClient(timeout=(STRIPE.connect_seconds, STRIPE.answer_seconds)),
    )
