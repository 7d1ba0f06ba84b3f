"""Map an order to its story, as the back office shows it."""

from gorder.contracts.back_office_stories import (
    ExportedOrderBody,
    OrderStoryBody,
    StoryCheckoutBody,
    StoryEventBody,
    StoryLineBody,
    StoryLineNoteBody,
    StoryMovementBody,
    StoryNoteBody,
    StoryPaymentBody,
    StoryPostponedBody,
    StoryRefundBody,
    StoryReservationBody,
    StoryReservedBody,
    StoryStatusBody,
)
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.postponement import Postponement
from gorder.order.queries.show_order import OrderStory


def order_story(story: OrderStory) -> OrderStoryBody:
    """Return the reply to `show_order`."""
    reservation = story.stock.reservation
    return OrderStoryBody(
        **dict(exported_order(story.order, story.postponed)),
        stock_movements=tuple(
            StoryMovementBody(
                product_id=movement.product_id,
                kind=movement.kind,
                quantity=movement.quantity,
                at=movement.occurred_at,
                by=movement.by,
                reason=movement.reason,
            )
            for movement in story.stock.movements
        ),
        reservation=StoryReservationBody(
            state=reservation.state,
            held_until=reservation.held_until,
            lines=tuple(
                StoryReservedBody(product_id=line.product_id, quantity=line.quantity)
                for line in reservation.lines
            ),
        )
        if reservation
        else None,
    )


def exported_order(order: Order, postponed: Postponement | None) -> ExportedOrderBody:
    """Return an order as `export_orders` has it."""
    checkout = order.checkout
    return ExportedOrderBody(
        order_id=order.order_id,
        number=order.number,
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
                notes=tuple(
                    StoryLineNoteBody(quantity=note.quantity, text=note.text) for note in line.notes
                ),
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
            StoryNoteBody(
                command=note.command,
                by=note.by,
                text=note.text,
                at=note.at,
                amount=note.amount,
                refunded_before=note.refunded_before,
            )
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
        postponed=StoryPostponedBody(at=postponed.at, until=postponed.until) if postponed else None,
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
