"""Consume order.created: make payment pages."""

from gorder.bootstrap.payment_link import service
from gorder.contracts.events import Event, OrderCreated, unhandled_event
from gorder.payment.commands.create_payment_link import CreatePaymentLink
from gorder.runtime.decorators import Handler
from gorder.runtime.sqs import sqs_function


def consume(event: Event, create_payment_link: Handler[CreatePaymentLink, None]) -> None:
    """Make the payment page of the order."""
    match event:
        case OrderCreated():
            create_payment_link(CreatePaymentLink(event.data.order_id, event.event_id))
        case _:
            raise unhandled_event(event)


handler = sqs_function(consume, service)
