"""Consume order.refund_due: refund payments that do not pay for their order."""

from gorder.bootstrap.refund import service
from gorder.contracts.events import Event, OrderRefundDue, unhandled_event
from gorder.order.commands.refund_payments import RefundPayments
from gorder.runtime.decorators import Handler
from gorder.runtime.sqs import sqs_function


def consume(event: Event, refund_payments: Handler[RefundPayments, None]) -> None:
    """Refund what is due."""
    match event:
        case OrderRefundDue():
            refund_payments(RefundPayments(event.data.order_id))
        case _:
            raise unhandled_event(event)


handler = sqs_function(consume, service)
