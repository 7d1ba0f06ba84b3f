"""Build the back_office function."""

from dataclasses import dataclass

from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_products import stripe_products
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import cached_for_five_minutes
from gorder.stock.commands.receive_stock import ReceiveStock, ReceiveStockHandler
from gorder.stock.commands.sync_catalogue import (
    CatalogueSynced,
    SyncCatalogue,
    SyncCatalogueHandler,
)
from gorder.stock.model import StockItem
from gorder.stock.ports import ProductSource, StockStore
from gorder.stock.queries.list_stock import ListStock, ListStockHandler


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The commands and queries of the back office."""

    sync_catalogue: Handler[SyncCatalogue, CatalogueSynced]
    receive_stock: Handler[ReceiveStock, bool]
    list_stock: Handler[ListStock, list[StockItem]]


def build(store: StockStore, source: ProductSource) -> BackOffice:
    return BackOffice(
        sync_catalogue=observed("SyncCatalogue", SyncCatalogueHandler(store=store, source=source)),
        receive_stock=observed("ReceiveStock", ReceiveStockHandler(store=store)),
        list_stock=observed("ListStock", ListStockHandler(store=store)),
    )


@cached_for_five_minutes
def service() -> BackOffice:
    return build(mysql_store(), stripe_products(stripe_account()))
