"""Map results of the order service to the replies of the back office."""

from collections.abc import Iterable
from typing import Final

from gorder.contracts.back_office_orders import (
    OrderClosedBody,
    OrderStoryBody,
    RefundRetriedBody,
    RetriedRefundBody,
    StoryCheckoutBody,
    StoryEventBody,
    StoryLineBody,
    StoryMovementBody,
    StoryNoteBody,
    StoryPaymentBody,
    StoryRefundBody,
    StoryStatusBody,
    UnmatchedPaymentBody,
    UnmatchedPaymentsBody,
)
from gorder.order.commands.close_order import CloseOutcome
from gorder.order.commands.retry_refund import RetriedRefund, RetryOutcome
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.queries.list_unmatched_payments import UnmatchedPage
from gorder.order.queries.show_order import OrderStory

_CLOSED: Final = {
    CloseOutcome.CANCELLED: "The order is cancelled, and its units are free. "
    "If a payment was under way, gorder refunds it when it arrives.",
    CloseOutcome.REFUNDED: "The order has ended. What was paid is refunded.",
    CloseOutcome.ALREADY_ENDED: "The order has ended already: see its `status`.",
    CloseOutcome.PAYMENT_FOUND: "The page was paid meanwhile, and the payment is recorded. "
    "`status` is the order's now; if it has not ended, send the command again to refund it.",
    CloseOutcome.REFUND_NOT_MADE: "The order is not closed: Stripe made no refund that arrives. "
    "Look at the payment in Stripe's dashboard, and send the command again.",
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
        currency=order.currency,
        outcome=outcome.value,
        text=_CLOSED[outcome],
    )


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
        payments=tuple(
            UnmatchedPaymentBody(
                payment=each.payment.key,
                page=each.payment.session_id,
                order_id=each.order_id,
                amount=each.payment.amount,
                currency=each.payment.currency,
                refunded=each.payment.refunded,
                dispute=each.payment.dispute,
                recorded=each.payment.key in page.recorded,
                found_at=each.found_at,
            )
            for each in page.found
        ),
        next=page.found[-1].payment.key if page.has_more else None,
    )


def order_story(story: OrderStory) -> OrderStoryBody:
    """Return the reply to `show_order`."""
    order, checkout = story.order, story.order.checkout
    return OrderStoryBody(
        order_id=order.order_id,
        customer_id=order.customer_id,
        trace_id=order.trace_id,
        status=order.status.value,
        reason=order.reason,
        placed_at=order.placed_at,
        currency=order.currency,
        amount_total=order.amount_total,
        lines=tuple(
            StoryLineBody(
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                amount=line.amount,
                price_id=line.price_id,
            )
            for line in order.lines
        ),
        history=tuple(
            StoryStatusBody(status=change.status.value, at=change.at) for change in order.history
        ),
        checkout=StoryCheckoutBody(
            attempt=checkout.attempt,
            expires_at=checkout.expires_at,
            page=checkout.session_id,
            refusal=checkout.refusal,
        ),
        payments=tuple(_payment(payment) for payment in order.payments),
        notes=tuple(
            StoryNoteBody(command=note.command, by=note.by, text=note.text, at=note.at)
            for note in order.notes
        ),
        undelivered_events=tuple(
            StoryEventBody(
                event_id=event.event_id,
                event_type=event.event_type,
                occurred_at=event.occurred_at,
            )
            for event in order.outbox
        ),
        stock_movements=tuple(
            StoryMovementBody(
                product_id=movement.product_id,
                kind=movement.kind,
                quantity=movement.quantity,
                at=movement.occurred_at,
            )
            for movement in story.movements
        ),
    )


def _payment(payment: Payment) -> StoryPaymentBody:
    return StoryPaymentBody(
        payment=payment.key,
        page=payment.session_id,
        amount=payment.amount,
        discount=payment.discount,
        tax=payment.tax,
        added=payment.added,
        currency=payment.currency,
        pays=payment.refund_reason is None,
        refund_reason=payment.refund_reason,
        refund_due=payment.refund_due,
        dispute=payment.dispute,
        lost=payment.lost,
        refunds=tuple(
            StoryRefundBody(
                refund_id=refund.refund_id,
                amount=refund.amount,
                status=refund.status,
                reason=refund.reason,
                by=refund.by,
                at=refund.at,
            )
            for refund in payment.refunds
        ),
    )
