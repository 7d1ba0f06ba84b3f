"""Build the order_paid function."""

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.received_payments import received_payments
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


def build(
    orders: OrderRepository, gateway: PaymentGateway, stock: StockClient, events: EventPublisher
) -> Handler[ReconcilePayment, None]:
    handler = ReconcilePaymentHandler(
        orders=orders,
        payments=received_payments(gateway),
        stock=stock,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    return observed("ReconcilePayment", handler)


@cached_for_five_minutes
def service() -> Handler[ReconcilePayment, None]:
    return build(
        orders=mongo_orders(),
        gateway=stripe_gateway(),
        stock=stock_client(),
        events=event_publisher(Topic.ORDERS),
    )
