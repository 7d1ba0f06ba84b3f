"""Build the catalogue_sync function."""

from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_products import stripe_products
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.ports import ProductSource, StockStore


def build(store: StockStore, source: ProductSource) -> Handler[SyncProduct, None]:
    handler = SyncProductHandler(store=store, source=source, telemetry=telemetry)
    return observed("SyncProduct", handler)


@cached_for_five_minutes
def service() -> Handler[SyncProduct, None]:
    return build(mysql_store(), stripe_products(stripe_account()))
