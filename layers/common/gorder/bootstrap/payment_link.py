"""Build the payment_link function."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import PaymentLinkSettings, TimeToPaySettings, load
from gorder.clients.stripe import stripe_client
from gorder.order.commands.await_payment import AwaitPayment, AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckout, BeginCheckoutHandler
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.payment.adapters.stripe_gateway import StripeGateway, StripePageExpiry
from gorder.payment.commands.create_payment_link import (
    CreatePaymentLink,
    CreatePaymentLinkHandler,
)
from gorder.payment.model import CheckoutPage, Payable, PayableLine
from gorder.payment.ports import PageExpiry, PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes, secret_field


@dataclass(frozen=True, slots=True)
class OrderPayables:
    """`payment.ports.Payables` by the order service's own commands, in this process."""

    begin_checkout: Handler[BeginCheckout, Order]
    save_page: Handler[AwaitPayment, Order]

    def begin(self, order_id: str) -> Payable:
        return _payable(self.begin_checkout(BeginCheckout(order_id)))

    def retry(self, order_id: str, failed_attempt: int) -> Payable:
        return _payable(self.begin_checkout(BeginCheckout(order_id, failed_attempt)))

    def await_payment(self, order_id: str, page: CheckoutPage, delivered_event_id: str) -> bool:
        saved = AwaitPayment(order_id, page.session_id, page.url, delivered_event_id)
        return not self.save_page(saved).is_closed


def _payable(order: Order) -> Payable:
    return Payable(
        order_id=order.order_id,
        trace_id=order.trace_id,
        lines=tuple(PayableLine(line.price_id, line.quantity) for line in order.lines),
        amount_total=order.amount_total,
        currency=order.currency,
        attempt=order.checkout.attempt,
        expires_at=order.checkout.expires_at,
        awaits_checkout=order.awaits_checkout,
    )


def build(
    orders: OrderRepository, gateway: PaymentGateway, expiry: PageExpiry, time_to_pay: timedelta
) -> Handler[CreatePaymentLink, None]:
    begin = BeginCheckoutHandler(orders, utc_now, time_to_pay, telemetry)
    payables = OrderPayables(
        observed("BeginCheckout", begin),
        observed("AwaitPayment", AwaitPaymentHandler(orders, utc_now, telemetry)),
    )
    handler = CreatePaymentLinkHandler(payables, gateway, expiry)
    return observed("CreatePaymentLink", handler)


@cached_for_five_minutes
def service() -> Handler[CreatePaymentLink, None]:
    settings = load(PaymentLinkSettings)
    client = stripe_client(secret_field(settings.stripe_secret, "api_key"), settings.api_base)
    gateway = StripeGateway(client, settings.return_url)
    time_to_pay = load(TimeToPaySettings).time_to_pay
    return build(mongo_orders(), gateway, StripePageExpiry(client), time_to_pay)
