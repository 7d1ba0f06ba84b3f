"""Answer requests about orders and their payments."""

from dataclasses import dataclass

from gorder.contracts.back_office_orders import (
    CloseOrderRequest,
    ExportOrdersRequest,
    ForgetCustomerRequest,
    ListOrdersRequest,
    ListUnmatchedPaymentsRequest,
    OrderBody,
    OrderRequest,
    RefundOrderRequest,
    RetryRefundRequest,
    ShowOrderRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.order import back_office_replies as replies
from gorder.order import story_replies
from gorder.order.commands.close_order import CloseOrder, CloseOutcome
from gorder.order.commands.forget_customer import ForgetCustomer, ForgottenCustomer
from gorder.order.commands.refund_order import OrderRefund, RefundOrder
from gorder.order.commands.retry_refund import RetriedRefund, RetryRefund
from gorder.order.model import Order
from gorder.order.queries.export_orders import ExportOrders, ExportPage
from gorder.order.queries.list_orders import ListOrders, OrdersPage
from gorder.order.queries.list_unmatched_payments import ListUnmatchedPayments, UnmatchedPage
from gorder.order.queries.show_order import OrderStory, ShowOrder
from gorder.order.records import OrderFilter
from gorder.order.status import Status
from gorder.runtime.decorators import Handler

type _Change = CloseOrderRequest | RefundOrderRequest | RetryRefundRequest | ForgetCustomerRequest
type _Read = (
    ListUnmatchedPaymentsRequest | ShowOrderRequest | ListOrdersRequest | ExportOrdersRequest
)


@dataclass(frozen=True, slots=True)
class OrderOffice:
    """The commands and queries about orders and their payments."""

    close: Handler[CloseOrder, tuple[Order, CloseOutcome]]
    refund: Handler[RefundOrder, OrderRefund]
    retry_refund: Handler[RetryRefund, tuple[Order, list[RetriedRefund]]]
    forget_customer: Handler[ForgetCustomer, ForgottenCustomer]
    unmatched_payments: Handler[ListUnmatchedPayments, UnmatchedPage]
    show: Handler[ShowOrder, OrderStory]
    list_orders: Handler[ListOrders, OrdersPage]
    export: Handler[ExportOrders, ExportPage]
    telemetry: Telemetry

    def answer(self, request: OrderRequest, trace_id: str) -> OrderBody:
        """Run one command or query, and return its reply."""
        match request:
            case (
                CloseOrderRequest()
                | RefundOrderRequest()
                | RetryRefundRequest()
                | ForgetCustomerRequest()
            ):
                return self._change(request)
            case _:
                return self._read(request, trace_id)

    def _change(self, request: _Change) -> OrderBody:
        match request:
            case CloseOrderRequest(order_id=order_id, reason=reason, by=by, dry_run=dry_run):
                order, outcome = self.close(CloseOrder(order_id, reason, by, dry_run=dry_run))
                self.telemetry.info("order.close_answered", outcome=outcome.value, by=by)
                return replies.order_closed(order, outcome)
            case RefundOrderRequest():
                refund = self.refund(_refund(request))
                self.telemetry.info(
                    "order.refund_answered", outcome=refund.outcome.value, by=request.by
                )
                return replies.order_refunded(refund)
            case RetryRefundRequest(order_id=order_id, by=by):
                return replies.refund_retried(*self.retry_refund(RetryRefund(order_id, by)))
            case ForgetCustomerRequest():
                return replies.customer_forgotten(self.forget_customer(_forget(request)))

    def _read(self, request: _Read, trace_id: str) -> OrderBody:
        match request:
            case ListUnmatchedPaymentsRequest(limit=limit, after=after):
                return replies.unmatched_payments(
                    self.unmatched_payments(ListUnmatchedPayments(limit, after))
                )
            case ShowOrderRequest(order_id=order_id):
                return story_replies.order_story(self.show(ShowOrder(order_id, trace_id)))
            case ListOrdersRequest():
                return replies.orders_listed(self.list_orders(_list(request)))
            case ExportOrdersRequest(limit=limit, after=after):
                wanted = OrderFilter(
                    placed_from=request.placed_from, placed_until=request.placed_until
                )
                return replies.orders_exported(self.export(ExportOrders(wanted, limit, after)))


def _refund(request: RefundOrderRequest) -> RefundOrder:
    return RefundOrder(
        request.order_id,
        request.reason,
        request.by,
        amount=request.amount,
        refunded_before=request.refunded_before,
        dry_run=request.dry_run,
    )


def _forget(request: ForgetCustomerRequest) -> ForgetCustomer:
    return ForgetCustomer(
        request.customer_id,
        request.reason,
        request.by,
        after=request.after,
        dry_run=request.dry_run,
    )


def _list(request: ListOrdersRequest) -> ListOrders:
    wanted = OrderFilter(
        statuses=tuple(dict.fromkeys(map(Status, request.status or ()))),
        placed_from=request.placed_from,
        placed_until=request.placed_until,
        customer_id=request.customer_id,
    )
    return ListOrders(wanted, request.limit, request.after, stuck=request.stuck)
