"""Answer requests about products and units."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.contracts.back_office_stock import (
    ReceiveStockRequest,
    ShowHoldsRequest,
    ShowStockRequest,
    StockBody,
    StockReceivedBody,
    StockRequest,
    SyncCatalogueRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.runtime.decorators import Handler
from gorder.stock import back_office_replies as replies
from gorder.stock.claims import OpenHold
from gorder.stock.commands.receive_stock import ReceiveStock
from gorder.stock.commands.sync_catalogue import CatalogueSynced, SyncCatalogue
from gorder.stock.model import StockItem
from gorder.stock.queries.list_holds import ListHolds
from gorder.stock.queries.list_stock import ListStock


@dataclass(frozen=True, slots=True)
class StockOffice:
    """The commands and queries about products and units."""

    sync_catalogue: Handler[SyncCatalogue, CatalogueSynced]
    receive_stock: Handler[ReceiveStock, bool]
    list_stock: Handler[ListStock, list[StockItem]]
    list_holds: Handler[ListHolds, Sequence[OpenHold]]
    telemetry: Telemetry

    def answer(self, request: StockRequest) -> StockBody:
        """Run one command or query, and return its reply. A command is logged with who asked."""
        match request:
            case SyncCatalogueRequest(by=by):
                synced = self.sync_catalogue(SyncCatalogue())
                self.telemetry.info("catalogue.synced", by=by, changed=len(synced.saved))
                return replies.catalogue_synced(synced)
            case ReceiveStockRequest():
                booked = self.receive_stock(
                    ReceiveStock(
                        request.receipt_id, request.product_id, request.quantity, request.by
                    )
                )
                delivery = request.model_dump(exclude={"command"})
                self.telemetry.info("stock.received", booked=booked, **delivery)
                return StockReceivedBody(booked=booked)
            case ShowStockRequest():
                return replies.stock_shown(self.list_stock(ListStock()))
            case ShowHoldsRequest():
                return replies.holds_shown(self.list_holds(ListHolds()))
