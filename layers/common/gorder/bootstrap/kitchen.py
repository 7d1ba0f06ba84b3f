"""Build the kitchen function."""

from dataclasses import dataclass
from functools import cache

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import KitchenSettings, load
from gorder.clients.aws import sqs_client
from gorder.contracts.bus import EventPublisher
from gorder.kitchen.adapters.sqs_timer import SqsTimer
from gorder.kitchen.commands.finish_cooking import FinishCooking, FinishCookingHandler
from gorder.kitchen.commands.start_cooking import StartCooking, StartCookingHandler
from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import KitchenTimer
from gorder.order.commands.mark_cooked import MarkCooked, MarkCookedHandler
from gorder.order.ports import OrderRepository
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry


@dataclass(frozen=True, slots=True)
class OrderBook:
    """`kitchen.ports.CookedOrders` by the order service's own command, in this process."""

    mark: Handler[MarkCooked, None]

    def mark_cooked(self, order_id: str) -> None:
        self.mark(MarkCooked(order_id))


@dataclass(frozen=True, slots=True)
class Kitchen:
    """The kitchen's two commands."""

    start: Handler[StartCooking, None]
    finish: Handler[FinishCooking, None]


def build(
    orders: OrderRepository, events: EventPublisher, timer: KitchenTimer, time: CookingTime
) -> Kitchen:
    mark = MarkCookedHandler(orders, events, utc_now, new_id, telemetry)
    book = OrderBook(observed("MarkCooked", mark))
    return Kitchen(
        observed("StartCooking", StartCookingHandler(timer, time)),
        observed("FinishCooking", FinishCookingHandler(book)),
    )


@cache
def service() -> Kitchen:
    settings = load(KitchenSettings)
    timer = SqsTimer(sqs_client(), settings.queue_url, utc_now)
    return build(mongo_orders(), event_publisher(), timer, CookingTime(settings.cooking_seconds))
