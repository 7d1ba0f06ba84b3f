"""Consume order.paid and the kitchen's delayed messages: cook orders."""

from gorder.bootstrap.kitchen import Kitchen, service
from gorder.contracts.events import CookingTimeElapsed, Event, OrderPaid, unhandled_event
from gorder.kitchen.commands.start_cooking import StartCooking
from gorder.order.commands.mark_cooked import MarkCooked
from gorder.runtime.sqs import sqs_function


def consume(event: Event, kitchen: Kitchen) -> None:
    """Start cooking a paid order; mark it as cooked when its cooking time has elapsed."""
    match event:
        case OrderPaid():
            kitchen.start(StartCooking(event.data.order_id, event.trace_id))
        case CookingTimeElapsed():
            kitchen.mark_cooked(MarkCooked(event.data.order_id))
        case _:
            raise unhandled_event(event)


handler = sqs_function(consume, service)
