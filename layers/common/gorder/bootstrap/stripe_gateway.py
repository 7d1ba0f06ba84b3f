"""The gateway to Stripe, shared by the functions that use payment pages."""

import stripe

from gorder.bootstrap.settings import StackSettings, load
from gorder.bootstrap.stripe_account import stripe_account
from gorder.payment.adapters.stripe_gateway import StripeGateway


def stripe_gateway(account: stripe.StripeClient | None = None) -> StripeGateway:
    """Return a gateway to the account, or to one with the current API key."""
    return StripeGateway(account or stripe_account(), load(StackSettings).stack)
