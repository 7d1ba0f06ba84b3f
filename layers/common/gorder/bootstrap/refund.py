"""Build the refund function."""

from gorder.bootstrap import order_paid
from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.payment_refunds import payment_refunds
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.refund_payments import RefundPayments, RefundPaymentsHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.ports import PaymentGateway
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import cached_for_five_minutes


def build(
    orders: OrderRepository, gateway: PaymentGateway, stock: StockClient, events: EventPublisher
) -> Handler[RefundPayments, None]:
    handler = RefundPaymentsHandler(
        orders=orders,
        refunds=payment_refunds(gateway),
        reconcile=order_paid.build(orders, gateway, stock, events),
    )
    return observed("RefundPayments", handler)


@cached_for_five_minutes
def service() -> Handler[RefundPayments, None]:
    return build(
        orders=mongo_orders(),
        gateway=stripe_gateway(),
        stock=stock_client(),
        events=event_publisher(Topic.ORDERS),
    )
