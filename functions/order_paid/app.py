"""Consume payment.succeeded: mark orders as paid."""

from gorder.bootstrap.order_paid import service
from gorder.contracts.events import Event, PaymentSucceeded, unhandled_event
from gorder.order.commands.mark_paid import MarkPaid
from gorder.order.model import Payment
from gorder.runtime.decorators import Handler
from gorder.runtime.sqs import sqs_function


def consume(event: Event, mark_paid: Handler[MarkPaid, None]) -> None:
    """Record the payment of the order."""
    match event:
        case PaymentSucceeded(data=paid):
            payment = Payment(
                session_id=paid.session_id,
                payment_intent_id=paid.payment_intent_id,
                amount=paid.amount,
                currency=paid.currency,
            )
            mark_paid(MarkPaid(paid.order_id, payment))
        case _:
            raise unhandled_event(event)


handler = sqs_function(consume, service)
