"""The back office, invoked by an operator with `aws lambda invoke`."""

from dataclasses import dataclass

from gorder.bootstrap.back_office import BackOffice, service
from gorder.contracts.back_office import (
    BackOfficeRequest,
    CatalogueSyncedBody,
    HoldsShownBody,
    ReceiveStockRequest,
    ShowHoldsRequest,
    ShowStockRequest,
    StockReceivedBody,
    StockShownBody,
    SyncCatalogueRequest,
    parse_request,
)
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry
from gorder.runtime.trace import current_trace_id
from gorder.stock import back_office_replies as replies
from gorder.stock.commands.receive_stock import ReceiveStock
from gorder.stock.commands.sync_catalogue import SyncCatalogue
from gorder.stock.queries.list_holds import ListHolds
from gorder.stock.queries.list_stock import ListStock


@dataclass(frozen=True, slots=True)
class TracedRequest:
    """A request, and the trace that begins with it."""

    request: BackOfficeRequest
    trace_id: str


def parse(text: str) -> TracedRequest:
    """Parse a request. Raises InvalidRequest."""
    return TracedRequest(parse_request(text), current_trace_id())


def answer(
    traced: TracedRequest, office: BackOffice
) -> CatalogueSyncedBody | StockReceivedBody | StockShownBody | HoldsShownBody:
    """Copy the catalogue, book a delivery, or list the stock or the holds."""
    match traced.request:
        case SyncCatalogueRequest(by=by):
            synced = office.sync_catalogue(SyncCatalogue())
            telemetry.info("catalogue.synced", by=by, changed=len(synced.saved))
            return replies.catalogue_synced(synced)
        case ReceiveStockRequest() as request:
            booked = office.receive_stock(
                ReceiveStock(request.receipt_id, request.product_id, request.quantity, request.by)
            )
            delivery = request.model_dump(exclude={"command"})
            telemetry.info("stock.received", booked=booked, **delivery)
            return StockReceivedBody(booked=booked)
        case ShowStockRequest():
            return replies.stock_shown(office.list_stock(ListStock()))
        case ShowHoldsRequest():
            return replies.holds_shown(office.list_holds(ListHolds()))


handler = invoked_function(parse, answer, service)
