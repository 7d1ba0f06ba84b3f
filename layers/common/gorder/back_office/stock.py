"""Answer requests about products and units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gorder.contracts.back_office_stock import (
    CountStockRequest,
    ReceiveStockRequest,
    ReturnStockRequest,
    SettleUnitsRequest,
    ShowHoldsRequest,
    ShowStockRequest,
    StockBody,
    StockReceivedBody,
    StockRequest,
    SyncCatalogueRequest,
    WasteStockRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.runtime.decorators import Handler
from gorder.stock import back_office_replies as replies
from gorder.stock.claims import OpenHold
from gorder.stock.commands.count_stock import CountStock
from gorder.stock.commands.move_stock import MoveStock
from gorder.stock.commands.receive_stock import ReceiveStock
from gorder.stock.commands.release_reservation import ReleaseReservation
from gorder.stock.commands.return_units import ReturnUnits
from gorder.stock.commands.sync_catalogue import CatalogueSynced, SyncCatalogue
from gorder.stock.commands.write_off_units import WriteOffUnits
from gorder.stock.entries import EntryKind
from gorder.stock.entry_booking import Booked
from gorder.stock.model import Reservation, Signature, StockItem
from gorder.stock.pauses import Pauses
from gorder.stock.queries.list_holds import ListHolds
from gorder.stock.queries.list_pauses import ListPauses
from gorder.stock.queries.list_stock import ListStock
from gorder.stock.refusals import StockRefusal

type Settled = Reservation | StockRefusal


@dataclass(frozen=True, slots=True)
class StockOffice:
    """The commands and queries about products and units."""

    sync_catalogue: Handler[SyncCatalogue, CatalogueSynced]
    receive_stock: Handler[ReceiveStock, bool]
    move_stock: Handler[MoveStock, Booked]
    count_stock: Handler[CountStock, Booked]
    return_units: Handler[ReturnUnits, Settled]
    write_off: Handler[WriteOffUnits, Settled]
    release: Handler[ReleaseReservation, Settled]
    list_stock: Handler[ListStock, list[StockItem]]
    list_pauses: Handler[ListPauses, Pauses]
    list_holds: Handler[ListHolds, Sequence[OpenHold]]
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def answer(self, request: StockRequest) -> StockBody:
        """Run one command or query, and return its reply. A command is logged with who asked."""
        match request:
            case SyncCatalogueRequest(by=by):
                synced = self.sync_catalogue(SyncCatalogue())
                self.telemetry.info("catalogue.synced", by=by, changed=len(synced.saved))
                return replies.catalogue_synced(synced)
            case ReceiveStockRequest():
                return self._receive(request)
            case WasteStockRequest() | ReturnStockRequest() | CountStockRequest():
                return self._book(request)
            case SettleUnitsRequest():
                return self._settle(request)
            case ShowStockRequest():
                pauses = self.list_pauses(ListPauses())
                return replies.stock_shown(self.list_stock(ListStock()), pauses)
            case ShowHoldsRequest():
                return replies.holds_shown(self.list_holds(ListHolds()))

    def _receive(self, request: ReceiveStockRequest) -> StockReceivedBody:
        booked = self.receive_stock(
            ReceiveStock(
                request.receipt_id,
                request.product_id,
                request.quantity,
                request.by,
                request.reason,
            )
        )
        self._log("stock.received", request, booked=booked)
        return StockReceivedBody(booked=booked)

    def _book(
        self, request: WasteStockRequest | ReturnStockRequest | CountStockRequest
    ) -> StockBody:
        entry_id, product_id = request.entry_id, request.product_id
        signature = Signature(request.by, request.reason)
        match request:
            case WasteStockRequest(quantity=quantity):
                kind = EntryKind.DISCARDED
                booked = self.move_stock(MoveStock(entry_id, product_id, kind, quantity, signature))
                self._log("stock.wasted", request, booked=booked.is_new)
            case ReturnStockRequest(quantity=quantity):
                kind = EntryKind.RESTOCKED
                booked = self.move_stock(MoveStock(entry_id, product_id, kind, quantity, signature))
                self._log("stock.returned", request, booked=booked.is_new)
            case CountStockRequest(counted=counted, dry_run=dry_run):
                booked = self.count_stock(
                    CountStock(entry_id, product_id, counted, signature, dry_run)
                )
                difference = booked.entry.difference
                self._log("stock.counted", request, booked=booked.is_new, difference=difference)
                return replies.stock_counted(counted, booked)
        return replies.units_moved(booked)

    def _settle(self, request: SettleUnitsRequest) -> StockBody:
        """Settle the units of an order. Raises StockRefusal."""
        order_id, signature = request.order_id, Signature(request.by, request.reason)
        match request.settle_as:
            case "returned":
                outcome = self.return_units(ReturnUnits(order_id, signature))
            case "wasted":
                outcome = self.write_off(WriteOffUnits(order_id, signature))
            case "released":
                outcome = self.release(ReleaseReservation(order_id, self.clock(), signature))
        if isinstance(outcome, StockRefusal):
            raise outcome
        self._log("stock.settled", request, state=outcome.state.value)
        return replies.units_settled(outcome)

    def _log(self, event: str, request: StockRequest, **more: object) -> None:
        self.telemetry.info(event, **more, **request.model_dump(exclude={"command"}))
