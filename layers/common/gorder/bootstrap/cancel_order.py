"""Build the cancel_order function."""

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import access_tokens, mongo_orders
from gorder.bootstrap.payment_pages import payment_pages
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.access_check import AccessCheck
from gorder.order.access_token import AccessTokens
from gorder.order.commands.cancel_order import CancelOrder, CancelOrderHandler
from gorder.order.model import Order
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


def build(
    orders: OrderRepository,
    stock: StockClient,
    gateway: PaymentGateway,
    events: EventPublisher,
    tokens: AccessTokens,
) -> Handler[CancelOrder, Order]:
    handler = CancelOrderHandler(
        orders=orders,
        stock=stock,
        pages=payment_pages(gateway, events),
        events=events,
        access=AccessCheck(tokens, utc_now, telemetry),
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    return observed("CancelOrder", handler)


@cached_for_five_minutes
def service() -> Handler[CancelOrder, Order]:
    return build(
        orders=mongo_orders(),
        stock=stock_client(),
        gateway=stripe_gateway(),
        events=event_publisher(Topic.ORDERS, Topic.STRIPE),
        tokens=access_tokens(),
    )
