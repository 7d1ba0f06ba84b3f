"""Answer requests about orders and their payments."""

from dataclasses import dataclass

from gorder.contracts.back_office_orders import (
    CloseOrderRequest,
    ListUnmatchedPaymentsRequest,
    OrderBody,
    OrderRequest,
    RetryRefundRequest,
    ShowOrderRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.order import back_office_replies as replies
from gorder.order.commands.close_order import CloseOrder, CloseOutcome
from gorder.order.commands.retry_refund import RetriedRefund, RetryRefund
from gorder.order.model import Order
from gorder.order.queries.list_unmatched_payments import ListUnmatchedPayments, UnmatchedPage
from gorder.order.queries.show_order import OrderStory, ShowOrder
from gorder.runtime.decorators import Handler


@dataclass(frozen=True, slots=True)
class OrderOffice:
    """The commands and queries about orders and their payments."""

    close: Handler[CloseOrder, tuple[Order, CloseOutcome]]
    retry_refund: Handler[RetryRefund, tuple[Order, list[RetriedRefund]]]
    unmatched_payments: Handler[ListUnmatchedPayments, UnmatchedPage]
    show: Handler[ShowOrder, OrderStory]
    telemetry: Telemetry

    def answer(self, request: OrderRequest, trace_id: str) -> OrderBody:
        """Run one command or query, and return its reply."""
        match request:
            case CloseOrderRequest(order_id=order_id, reason=reason, by=by):
                order, outcome = self.close(CloseOrder(order_id, reason, by))
                self.telemetry.info("order.close_answered", outcome=outcome.value, by=by)
                return replies.order_closed(order, outcome)
            case RetryRefundRequest(order_id=order_id, by=by):
                return replies.refund_retried(*self.retry_refund(RetryRefund(order_id, by)))
            case ListUnmatchedPaymentsRequest(limit=limit, after=after):
                return replies.unmatched_payments(
                    self.unmatched_payments(ListUnmatchedPayments(limit, after))
                )
            case ShowOrderRequest(order_id=order_id):
                return replies.order_story(self.show(ShowOrder(order_id, trace_id)))
