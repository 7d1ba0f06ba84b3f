"""Build the kitchen function."""

from dataclasses import dataclass
from functools import cache

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import KitchenSettings, load
from gorder.clients.aws import sqs_client
from gorder.contracts.bus import EventPublisher, Topic
from gorder.kitchen.adapters.sqs_timer import SqsTimer
from gorder.kitchen.commands.start_cooking import StartCooking, StartCookingHandler
from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import KitchenTimer
from gorder.order.commands.begin_cooking import BeginCooking, BeginCookingHandler
from gorder.order.commands.mark_cooked import MarkCooked, MarkCookedHandler
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.order.status import Status
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry


@dataclass(frozen=True, slots=True)
class Kitchen:
    """The commands of the kitchen function."""

    start: Handler[StartCooking, None]
    mark_cooked: Handler[MarkCooked, None]


@dataclass(frozen=True, slots=True)
class OrderTickets:
    """Implements `kitchen.ports.Tickets` with the order service's command."""

    begin_cooking: Handler[BeginCooking, Order]

    def take(self, order_id: str) -> bool:
        order = self.begin_cooking(BeginCooking(order_id))
        return order.status is Status.COOKING and order.may_be_cooked


def build(
    orders: OrderRepository,
    events: EventPublisher,
    timer: KitchenTimer,
    cooking_time: CookingTime,
) -> Kitchen:
    begin = BeginCookingHandler(orders=orders, clock=utc_now, telemetry=telemetry)
    start = StartCookingHandler(
        tickets=OrderTickets(observed("BeginCooking", begin)),
        timer=timer,
        cooking_time=cooking_time,
    )
    mark_cooked = MarkCookedHandler(
        orders=orders, events=events, clock=utc_now, new_id=new_id, telemetry=telemetry
    )
    return Kitchen(
        start=observed("StartCooking", start),
        mark_cooked=observed("MarkCooked", mark_cooked),
    )


@cache
def service() -> Kitchen:
    settings = load(KitchenSettings)
    return build(
        orders=mongo_orders(),
        events=event_publisher(Topic.ORDERS),
        timer=SqsTimer(sqs_client(), settings.queue_url, utc_now),
        cooking_time=CookingTime(settings.cooking_seconds),
    )
