"""The gateway to Stripe, shared by the functions that use payment pages."""

from gorder.bootstrap.settings import StackSettings, load
from gorder.bootstrap.stripe_account import stripe_account
from gorder.payment.adapters.stripe_gateway import StripeGateway


def stripe_gateway() -> StripeGateway:
    """Return a gateway with the current API key."""
    return StripeGateway(stripe_account(), load(StackSettings).stack)
