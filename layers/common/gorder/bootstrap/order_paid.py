"""Build the order_paid function."""

from functools import cache

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.stock_client import stock_client
from gorder.contracts.bus import EventPublisher
from gorder.order.commands.mark_paid import MarkPaid, MarkPaidHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry


def build(
    orders: OrderRepository, stock: StockClient, events: EventPublisher
) -> Handler[MarkPaid, None]:
    handler = MarkPaidHandler(
        orders=orders,
        stock=stock,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    return observed("MarkPaid", handler)


@cache
def service() -> Handler[MarkPaid, None]:
    return build(
        orders=mongo_orders(),
        stock=stock_client(),
        events=event_publisher(),
    )
