"""Build the refund function."""

from dataclasses import dataclass

from gorder.bootstrap import order_paid
from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.refund_payments import RefundPayments, RefundPaymentsHandler
from gorder.order.payments import Payment
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.commands.refund_payment import RefundPayment, RefundPaymentHandler
from gorder.payment.model import DueRefund
from gorder.payment.ports import PaymentGateway
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import cached_for_five_minutes


@dataclass(frozen=True, slots=True)
class PaymentServiceRefunds:
    """Implements `order.ports.Refunds` with the payment service's command."""

    refund_payment: Handler[RefundPayment, None]

    def refund(self, order_id: str, payment: Payment, resumed: int) -> None:
        due = DueRefund(
            order_id=order_id,
            payment_intent_id=payment.key,
            amount=payment.refund_due,
            reason=payment.refund_reason or "",
            attempt=f"{len(payment.refunds)}-{resumed}",
        )
        self.refund_payment(RefundPayment(due))

    def refund_rest(self, order_id: str, payment: Payment, reason: str) -> None:
        due = DueRefund(
            order_id=order_id,
            payment_intent_id=payment.key,
            amount=payment.kept,
            reason=reason,
            attempt=f"{reason}-{payment.failed_refunds}",
        )
        self.refund_payment(RefundPayment(due))


def build(
    orders: OrderRepository, gateway: PaymentGateway, stock: StockClient, events: EventPublisher
) -> Handler[RefundPayments, None]:
    handler = RefundPaymentsHandler(
        orders=orders,
        refunds=PaymentServiceRefunds(observed("RefundPayment", RefundPaymentHandler(gateway))),
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
