"""The back office, invoked by an operator with `aws lambda invoke`."""

from dataclasses import dataclass

from gorder.bootstrap.back_office import BackOffice, OrderOffice, service
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
from gorder.contracts.back_office_orders import (
    CloseOrderRequest,
    ListUnmatchedPaymentsRequest,
    OrderClosedBody,
    OrderStoryBody,
    RefundRetriedBody,
    RetryRefundRequest,
    ShowOrderRequest,
    UnmatchedPaymentsBody,
)
from gorder.order import back_office_replies as order_replies
from gorder.order.commands.close_order import CloseOrder
from gorder.order.commands.retry_refund import RetryRefund
from gorder.order.queries.list_unmatched_payments import ListUnmatchedPayments
from gorder.order.queries.show_order import ShowOrder
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry
from gorder.runtime.trace import current_trace_id
from gorder.stock import back_office_replies as stock_replies
from gorder.stock.commands.receive_stock import ReceiveStock
from gorder.stock.commands.sync_catalogue import SyncCatalogue
from gorder.stock.queries.list_holds import ListHolds
from gorder.stock.queries.list_stock import ListStock

type StockRequest = SyncCatalogueRequest | ReceiveStockRequest | ShowStockRequest | ShowHoldsRequest
type StockBody = CatalogueSyncedBody | StockReceivedBody | StockShownBody | HoldsShownBody
type OrderRequest = (
    CloseOrderRequest | RetryRefundRequest | ListUnmatchedPaymentsRequest | ShowOrderRequest
)
type OrderBody = OrderClosedBody | RefundRetriedBody | UnmatchedPaymentsBody | OrderStoryBody


@dataclass(frozen=True, slots=True)
class TracedRequest:
    """A request, and the trace that begins with it."""

    request: BackOfficeRequest
    trace_id: str


def parse(text: str) -> TracedRequest:
    """Parse a request. Raises InvalidRequest."""
    return TracedRequest(parse_request(text), current_trace_id())


def answer(traced: TracedRequest, office: BackOffice) -> StockBody | OrderBody:
    """Run one command or query, and return its reply."""
    match traced.request:
        case (
            CloseOrderRequest()
            | RetryRefundRequest()
            | ListUnmatchedPaymentsRequest()
            | ShowOrderRequest() as request
        ):
            return _about_orders(request, office.orders, traced.trace_id)
        case request:
            return _about_stock(request, office)


def _about_stock(request: StockRequest, office: BackOffice) -> StockBody:
    match request:
        case SyncCatalogueRequest(by=by):
            synced = office.sync_catalogue(SyncCatalogue())
            telemetry.info("catalogue.synced", by=by, changed=len(synced.saved))
            return stock_replies.catalogue_synced(synced)
        case ReceiveStockRequest():
            booked = office.receive_stock(
                ReceiveStock(request.receipt_id, request.product_id, request.quantity, request.by)
            )
            delivery = request.model_dump(exclude={"command"})
            telemetry.info("stock.received", booked=booked, **delivery)
            return StockReceivedBody(booked=booked)
        case ShowStockRequest():
            return stock_replies.stock_shown(office.list_stock(ListStock()))
        case ShowHoldsRequest():
            return stock_replies.holds_shown(office.list_holds(ListHolds()))


def _about_orders(request: OrderRequest, office: OrderOffice, trace_id: str) -> OrderBody:
    match request:
        case CloseOrderRequest(order_id=order_id, reason=reason, by=by):
            order, outcome = office.close(CloseOrder(order_id, reason, by))
            telemetry.info("order.close_answered", outcome=outcome.value, by=by)
            return order_replies.order_closed(order, outcome)
        case RetryRefundRequest(order_id=order_id, by=by):
            return order_replies.refund_retried(*office.retry_refund(RetryRefund(order_id, by)))
        case ListUnmatchedPaymentsRequest(limit=limit, after=after):
            found = office.unmatched_payments(ListUnmatchedPayments(limit, after))
            return order_replies.unmatched_payments(found)
        case ShowOrderRequest(order_id=order_id):
            return order_replies.order_story(office.show(ShowOrder(order_id, trace_id)))


handler = invoked_function(parse, answer, service)
