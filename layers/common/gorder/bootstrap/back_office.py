"""Build the back_office function."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_products import stripe_products
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import cached_for_five_minutes
from gorder.stock.claims import OpenHold
from gorder.stock.commands.receive_stock import ReceiveStock, ReceiveStockHandler
from gorder.stock.commands.sync_catalogue import (
    CatalogueSynced,
    SyncCatalogue,
    SyncCatalogueHandler,
)
from gorder.stock.model import StockItem
from gorder.stock.ports import ClientClaims, ProductSource, StockStore
from gorder.stock.queries.list_holds import ListHolds, ListHoldsHandler
from gorder.stock.queries.list_stock import ListStock, ListStockHandler


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The commands and queries of the back office."""

    sync_catalogue: Handler[SyncCatalogue, CatalogueSynced]
    receive_stock: Handler[ReceiveStock, bool]
    list_stock: Handler[ListStock, list[StockItem]]
    list_holds: Handler[ListHolds, Sequence[OpenHold]]


def build(store: StockStore, claims: ClientClaims, source: ProductSource) -> BackOffice:
    return BackOffice(
        sync_catalogue=observed("SyncCatalogue", SyncCatalogueHandler(store=store, source=source)),
        receive_stock=observed("ReceiveStock", ReceiveStockHandler(store=store)),
        list_stock=observed("ListStock", ListStockHandler(store=store)),
        list_holds=observed("ListHolds", ListHoldsHandler(claims=claims)),
    )


@cached_for_five_minutes
def service() -> BackOffice:
    store = mysql_store()
    return build(store, store, stripe_products(stripe_account()))
