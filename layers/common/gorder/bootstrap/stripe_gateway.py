"""The gateway to Stripe, shared by the functions that make or expire payment pages."""

from gorder.bootstrap.settings import StripeApiSettings, load
from gorder.clients.stripe import stripe_client
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.runtime.secrets import secret_field


def stripe_gateway() -> StripeGateway:
    """Return a gateway with the current API key."""
    settings = load(StripeApiSettings)
    api_key = secret_field(settings.stripe_secret, "api_key")
    return StripeGateway(stripe_client(api_key, settings.api_base))
