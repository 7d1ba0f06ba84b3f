"""The shop's products at Stripe, shared by what copies the catalogue."""

import stripe

from gorder.bootstrap.settings import MenuSettings, load
from gorder.stock.adapters.stripe_products import StripeProducts


def stripe_products(client: stripe.StripeClient) -> StripeProducts:
    """Return the products of the account that are this shop's.

    Raises:
        MissingSettingError: a variable is missing or invalid.
    """
    settings = load(MenuSettings)
    only_marked = settings.menu_products == "marked"
    return StripeProducts(client, settings.stack, only_marked=only_marked)
