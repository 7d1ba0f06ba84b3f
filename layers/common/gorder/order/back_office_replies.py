"""Map results of the order service to the replies of the back office."""

from collections.abc import Iterable
from typing import Final

from gorder.contracts.back_office_orders import (
    CustomerForgottenBody,
    LeftOrderBody,
    ListedLineBody,
    ListedOrderBody,
    OrderClosedBody,
    OrderRefundedBody,
    OrdersExportedBody,
    OrdersListedBody,
    RefundRetriedBody,
    RetriedRefundBody,
    UnreadableOrderBody,
)
from gorder.contracts.back_office_payments import (
    PaymentKeeperBody,
    UnmatchedPaymentBody,
    UnmatchedPaymentsBody,
    UnreadablePaymentBody,
)
from gorder.contracts.back_office_stories import ExportedOrderBody
from gorder.order.commands.close_order import CloseOutcome
from gorder.order.commands.forget_customer import ForgottenCustomer
from gorder.order.commands.refund_order import OrderRefund, RefundOutcome
from gorder.order.commands.retry_refund import RetriedRefund, RetryOutcome
from gorder.order.model import Order
from gorder.order.payments import UnmatchedPayment
from gorder.order.queries.export_orders import ExportPage
from gorder.order.queries.list_orders import ListedOrder, OrdersPage
from gorder.order.queries.list_unmatched_payments import UnmatchedPage
from gorder.order.records import OrderRecord
from gorder.order.story_replies import exported_order

# Lambda takes 6 MB. The JSON of its runtime has up to three times as many bytes as this one.
_MAX_EXPORTED_BYTES: Final = 1_000_000
_CLOSED: Final = {
    CloseOutcome.CANCELLED: "The order is cancelled, and its units are free. "
    "If a payment was under way, gorder refunds it when it arrives.",
    CloseOutcome.REFUNDED: "The order has ended. What was paid is refunded.",
    CloseOutcome.ALREADY_ENDED: "The order has ended already: see its `status`.",
    CloseOutcome.PAYMENT_FOUND: "The page was paid meanwhile, and the payment is recorded. "
    "`status` is the order's now; if it has not ended, send the command again to refund it.",
    CloseOutcome.REFUND_NOT_MADE: "The order is not closed: Stripe made no refund that arrives. "
    "Look at the payment in Stripe's dashboard, and send the command again.",
    CloseOutcome.WOULD_CANCEL: "Nothing was done. The order would be cancelled, and its units "
    "would be freed.",
    CloseOutcome.WOULD_REFUND: "Nothing was done. What is `left` of the payment would be refunded, "
    "and the order would end.",
    CloseOutcome.WOULD_FIND_PAYMENT: "Nothing was done. The page is paid: the payment would be "
    "recorded, and the order would not be closed.",
}
_REFUNDED: Final = {
    RefundOutcome.REFUNDED: "The amount is refunded, and nothing is left of the payment. The order "
    "has ended.",
    RefundOutcome.REFUNDED_IN_PART: "The amount is refunded. The order goes on.",
    RefundOutcome.ALREADY_REFUNDED: "Nothing was done: nothing is left of the payment.",
    RefundOutcome.REFUND_NOT_MADE: "Stripe made no refund that arrives. Look at the payment in "
    "Stripe's dashboard, and send the command again.",
    RefundOutcome.WOULD_REFUND: "Nothing was done. The amount would be refunded, which is all that "
    "is left, and the order would end.",
    RefundOutcome.WOULD_REFUND_IN_PART: "Nothing was done. The amount would be refunded, and the "
    "order would go on.",
}
_RETRIED: Final = {
    RetryOutcome.REFUNDED_AGAIN: "The refund is made again.",
    RetryOutcome.NOT_FAILED: "Nothing was done: no refund by gorder has failed.",
    RetryOutcome.ALREADY_REFUNDED: "Nothing was done: the payment is refunded.",
    RetryOutcome.DISPUTED: "Nothing was done: the payment is or was disputed, and Stripe refuses "
    "to refund it.",
    RetryOutcome.NOT_MADE: "Stripe made no refund that arrives: look at the payment in its "
    "dashboard.",
}


def order_closed(order: Order, outcome: CloseOutcome) -> OrderClosedBody:
    """Return the reply to `close_order`."""
    return OrderClosedBody(
        order_id=order.order_id,
        status=order.status.value,
        reason=order.reason,
        refunded=order.payment.refunded if order.payment else 0,
        left=order.revenue,
        currency=order.currency,
        outcome=outcome.value,
        text=_CLOSED[outcome],
    )


def order_refunded(refund: OrderRefund) -> OrderRefundedBody:
    """Return the reply to `refund_order`."""
    return OrderRefundedBody(
        order_id=refund.order.order_id,
        status=refund.order.status.value,
        reason=refund.order.reason,
        payment=refund.payment.key,
        amount=refund.amount,
        refunded=refund.payment.refunded,
        left=refund.payment.kept,
        currency=refund.payment.currency,
        outcome=refund.outcome.value,
        text=_REFUNDED[refund.outcome],
    )


def customer_forgotten(done: ForgottenCustomer) -> CustomerForgottenBody:
    """Return the reply to `forget_customer`."""
    return CustomerForgottenBody(
        forgotten=done.forgotten,
        left=tuple(LeftOrderBody(order_id=each.order_id, text=each.reason) for each in done.left),
        next=done.next,
    )


def orders_listed(page: OrdersPage) -> OrdersListedBody:
    """Return the reply to `list_orders`."""
    return OrdersListedBody(orders=tuple(map(_listed, page.orders)), next=page.next)


def orders_exported(page: ExportPage) -> OrdersExportedBody:
    """Return the reply to `export_orders`. Large orders make the page end earlier."""
    orders: list[ExportedOrderBody | UnreadableOrderBody] = []
    size = 0
    for record in page.records:
        order = _exported(record)
        size += len(order.model_dump_json().encode())
        if orders and size > _MAX_EXPORTED_BYTES:
            return OrdersExportedBody(orders=tuple(orders), next=orders[-1].order_id)
        orders.append(order)
    has_more = page.has_more
    return OrdersExportedBody(orders=tuple(orders), next=orders[-1].order_id if has_more else None)


def refund_retried(order: Order, retried: Iterable[RetriedRefund]) -> RefundRetriedBody:
    """Return the reply to `retry_refund`."""
    return RefundRetriedBody(
        order_id=order.order_id,
        status=order.status.value,
        payments=tuple(
            RetriedRefundBody(
                payment=each.payment.key,
                amount=each.amount,
                currency=each.payment.currency,
                outcome=each.outcome.value,
                text=_RETRIED[each.outcome],
            )
            for each in retried
        ),
    )


def unmatched_payments(page: UnmatchedPage) -> UnmatchedPaymentsBody:
    """Return the reply to `list_unmatched_payments`."""
    return UnmatchedPaymentsBody(
        payments=tuple(_unmatched(each, recorded=each.key in page.recorded) for each in page.found),
        unreadable=tuple(
            UnreadablePaymentBody(
                payment=each.key,
                text=f"Its record cannot be read ({each.problems}): gorder payments keep "
                f"{each.key} replaces it, if its order is not stored.",
            )
            for each in page.unreadable
        ),
        next=page.next,
    )


def _unmatched(found: UnmatchedPayment, *, recorded: bool) -> UnmatchedPaymentBody:
    payment, kept = found.payment, found.kept
    return UnmatchedPaymentBody(
        payment=found.key,
        page=payment.session_id,
        order_id=found.order_id,
        amount=payment.amount,
        currency=payment.currency,
        refunded=payment.refunded,
        dispute=payment.dispute,
        recorded=recorded,
        found_at=found.found_at,
        kept_by=kept[0].by if kept else None,
        kept_because=kept[0].reason if kept else None,
        kept_again=tuple(PaymentKeeperBody(by=each.by, reason=each.reason) for each in kept[1:]),
    )


def _listed(listed: ListedOrder) -> ListedOrderBody:
    record = listed.record
    order = record.order
    return ListedOrderBody(
        order_id=record.order_id,
        number=order.number if order else None,
        customer_id=record.customer_id,
        status=order.status.value if order else "unreadable",
        reason=order.reason if order else None,
        placed_at=order.placed_at if order else record.placed_at,
        amount_total=order.amount_total if order else None,
        currency=order.currency if order else None,
        refunded=(order.payment.refunded if order.payment else 0) if order else None,
        units=sum(line.quantity for line in order.lines) if order else None,
        lines=tuple(
            ListedLineBody(name=line.name, quantity=line.quantity)
            for line in (order.lines if order else ())
        ),
        stuck=listed.stuck,
        unreadable=record.unreadable,
    )


def _exported(record: OrderRecord) -> ExportedOrderBody | UnreadableOrderBody:
    if record.order is None:
        return UnreadableOrderBody(order_id=record.order_id, unreadable=record.unreadable or "")
    return exported_order(record.order, record.postponed)
