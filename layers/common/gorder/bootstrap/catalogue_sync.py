"""Puts the catalogue_sync function together."""

from gorder.bootstrap.settings import CatalogueSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.clients.stripe import stripe_client
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import renewed, secret_field
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.ports import ProductSource, StockStore


def build(store: StockStore, source: ProductSource) -> Handler[SyncProduct, None]:
    """The decorated handler on the ports given."""
    return observed("SyncProduct", SyncProductHandler(store, source, telemetry))


@renewed
def service() -> Handler[SyncProduct, None]:
    """The handler on the real ports."""
    settings = load(CatalogueSettings)
    stripe = stripe_client(secret_field(settings.stripe_secret, "api_key"), settings.api_base)
    return build(mysql_store(), StripeProducts(stripe))
