"""Consume Stripe's payment events: bring orders in line with their payments."""

from typing import Final

from gorder.bootstrap.order_paid import service
from gorder.contracts.events import (
    Event,
    EventType,
    PaymentData,
    PaymentFact,
    PaymentReference,
    PaymentSucceeded,
    unhandled_event,
)
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.payments import Payment
from gorder.runtime.decorators import Handler
from gorder.runtime.sqs import sqs_function

ABOUT_A_PAGE: Final = {EventType.PAYMENT_FAILED, EventType.CHECKOUT_EXPIRED}


def consume(event: Event, reconcile: Handler[ReconcilePayment, None]) -> None:
    """Bring the order in line with the payment that the event is about."""
    match event:
        case PaymentSucceeded(data=paid):
            reconcile(ReconcilePayment(paid.order_id, paid.session_id, reported=_payment(paid)))
        case PaymentFact(event_type=event_type, data=data):
            reconcile(_about(data, is_page=event_type in ABOUT_A_PAGE))
        case _:
            raise unhandled_event(event)


def _payment(paid: PaymentData) -> Payment:
    return Payment(
        session_id=paid.session_id,
        payment_intent_id=paid.payment_intent_id,
        amount=paid.amount,
        currency=paid.currency,
    )


def _about(data: PaymentReference, *, is_page: bool) -> ReconcilePayment:
    return ReconcilePayment(
        order_id=data.order_id,
        session_id=data.stripe_object_id if is_page else None,
        payment_intent_id=data.payment_intent_id,
    )


handler = sqs_function(consume, service)
