"""order.paid, and the kitchen's own delayed message, from its queue: cook."""

from gorder.bootstrap.kitchen import Kitchen, service
from gorder.contracts.events import CookingTimeElapsed, Event, OrderPaid
from gorder.errors import LaterReleaseError
from gorder.kitchen.commands.finish_cooking import FinishCooking
from gorder.kitchen.commands.start_cooking import StartCooking
from gorder.runtime.sqs import sqs_function


def consume(event: Event, kitchen: Kitchen) -> None:
    """Start to cook what is paid; finish what has cooked long enough."""
    match event:
        case OrderPaid():
            kitchen.start(StartCooking(event.data.order_id, event.trace_id))
        case CookingTimeElapsed():
            kitchen.finish(FinishCooking(event.data.order_id))
        case _:
            raise LaterReleaseError(f"this release does not handle {event.event_type} here")


handler = sqs_function(consume, service)
