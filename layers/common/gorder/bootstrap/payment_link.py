"""Build the payment_link function."""

from dataclasses import dataclass
from datetime import timedelta

from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import PaymentLinkSettings, TimeToPaySettings, load
from gorder.bootstrap.stock_client import stock_client
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.contracts.bus import EventPublisher, Topic
from gorder.order.commands.await_payment import AwaitPayment, AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckout, BeginCheckoutHandler
from gorder.order.commands.refuse_checkout import RefuseCheckout, RefuseCheckoutHandler
from gorder.order.model import Order
from gorder.order.ports import OrderRepository, StockClient
from gorder.payment.commands.create_payment_link import (
    CreatePaymentLink,
    CreatePaymentLinkHandler,
)
from gorder.payment.model import (
    CheckoutPage,
    CheckoutRefusedError,
    PageOptions,
    Payable,
    PayableLine,
)
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.ids import new_id
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import cached_for_five_minutes


@dataclass(frozen=True, slots=True)
class OrderPayables:
    """Implements `payment.ports.Payables` with the order service's commands."""

    begin_checkout: Handler[BeginCheckout, Order]
    refuse_checkout: Handler[RefuseCheckout, Order]
    save_page: Handler[AwaitPayment, Order]

    def begin(self, order_id: str, delivered_event_id: str) -> Payable:
        return payable(self.begin_checkout(BeginCheckout(order_id, delivered_event_id)))

    def retry(self, attempted: Payable, delivered_event_id: str, *, too_near: bool) -> Payable:
        command = BeginCheckout(
            attempted.order_id,
            delivered_event_id,
            failed_attempt=attempted.attempt,
            too_near=too_near,
        )
        return payable(self.begin_checkout(command))

    def refuse(
        self, attempted: Payable, error: CheckoutRefusedError, delivered_event_id: str
    ) -> Payable:
        command = RefuseCheckout(
            order_id=attempted.order_id,
            failed_attempt=attempted.attempt,
            refusal=error.refusal,
            text=str(error),
            delivered_event_id=delivered_event_id,
        )
        return payable(self.refuse_checkout(command))

    def await_payment(
        self, attempted: Payable, page: CheckoutPage, delivered_event_id: str
    ) -> bool:
        command = AwaitPayment(
            order_id=attempted.order_id,
            attempt=attempted.attempt,
            session_id=page.session_id,
            url=page.url,
            delivered_event_id=delivered_event_id,
        )
        order = self.save_page(command)
        is_another = order.is_open and order.checkout.session_id != page.session_id
        return not (order.is_closed or is_another)


def payable(order: Order) -> Payable:
    """Return the part of an order that the payment service needs."""
    return Payable(
        order_id=order.order_id,
        trace_id=order.trace_id,
        lines=tuple(PayableLine(line.price_id, line.quantity) for line in order.lines),
        amount_total=order.amount_total,
        currency=order.currency,
        attempt=order.checkout.attempt,
        expires_at=order.checkout.expires_at,
        awaits_checkout=order.awaits_checkout,
        may_have_lost_page=order.is_closed and order.checkout.session_id is None,
    )


def build(
    orders: OrderRepository,
    gateway: PaymentGateway,
    stock: StockClient,
    events: EventPublisher,
    options: PageOptions,
    time_to_pay: timedelta,
) -> Handler[CreatePaymentLink, None]:
    begin = BeginCheckoutHandler(
        orders=orders,
        stock=stock,
        events=events,
        clock=utc_now,
        new_id=new_id,
        time_to_pay=time_to_pay,
        telemetry=telemetry,
    )
    refuse = RefuseCheckoutHandler(
        orders=orders,
        stock=stock,
        events=events,
        clock=utc_now,
        new_id=new_id,
        telemetry=telemetry,
    )
    save = AwaitPaymentHandler(orders=orders, clock=utc_now, telemetry=telemetry)
    payables = OrderPayables(
        begin_checkout=observed("BeginCheckout", begin),
        refuse_checkout=observed("RefuseCheckout", refuse),
        save_page=observed("AwaitPayment", save),
    )
    handler = CreatePaymentLinkHandler(payables=payables, gateway=gateway, options=options)
    return observed("CreatePaymentLink", handler)


def page_options(settings: PaymentLinkSettings) -> PageOptions:
    """Return what the settings say about pages."""
    return PageOptions(
        return_url=settings.return_url,
        promotion_codes=settings.promotion_codes,
        automatic_tax=settings.automatic_tax,
        invoices=settings.invoices,
    )


@cached_for_five_minutes
def service() -> Handler[CreatePaymentLink, None]:
    return build(
        orders=mongo_orders(),
        gateway=stripe_gateway(),
        stock=stock_client(),
        events=event_publisher(Topic.ORDERS),
        options=page_options(load(PaymentLinkSettings)),
        time_to_pay=load(TimeToPaySettings).time_to_pay,
    )
