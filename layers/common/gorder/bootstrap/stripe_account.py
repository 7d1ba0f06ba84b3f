"""The client of the Stripe account, shared by the functions that call Stripe."""

import stripe

from gorder.bootstrap.settings import StripeApiSettings, load
from gorder.clients.stripe import stripe_client
from gorder.runtime.secrets import read_secret, require_api_key


def stripe_account() -> stripe.StripeClient:
    """Return a client with the current API key.

    Raises:
        SecretsUnavailableError: Secrets Manager failed; try again.
        MissingSettingError: a variable or the key is missing or has another form.
    """
    settings = load(StripeApiSettings)
    secret_id = settings.stripe_secret
    api_key = require_api_key(read_secret(secret_id), "api_key", secret_id)
    return stripe_client(api_key, settings.api_base)
