"""The client of the Stripe account, shared by the functions that call Stripe."""

import stripe

from gorder.bootstrap.settings import StripeApiSettings, load
from gorder.clients.stripe import stripe_client
from gorder.runtime.secrets import secret_field


def stripe_account() -> stripe.StripeClient:
    """Return a client with the current API key."""
    settings = load(StripeApiSettings)
    return stripe_client(secret_field(settings.stripe_secret, "api_key"), settings.api_base)
