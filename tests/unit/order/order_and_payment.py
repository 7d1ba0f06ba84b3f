"""The order and payment services on shared fakes, with the queues between them."""

from itertools import count

from gorder.bootstrap.payment_link import OrderPayables
from gorder.bootstrap.payment_pages import PaymentServicePages
from gorder.bootstrap.payment_refunds import PaymentServiceRefunds
from gorder.bootstrap.received_payments import PaymentServicePayments
from gorder.contracts.events import (
    Event,
    OrderCreated,
    OrderPaid,
    OrderRefundDue,
    PaymentData,
    PaymentSucceeded,
    parse_event,
)
from gorder.order.access_check import AccessCheck
from gorder.order.commands.await_payment import AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckoutHandler
from gorder.order.commands.begin_cooking import BeginCooking, BeginCookingHandler
from gorder.order.commands.cancel_order import CancelOrderHandler
from gorder.order.commands.close_order import CloseOrderHandler
from gorder.order.commands.create_order import CreateOrderHandler
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.expire_orders import ExpireOrders, ExpireOrdersHandler
from gorder.order.commands.mark_cooked import MarkCookedHandler
from gorder.order.commands.payment_of_order import PaymentOfOrder
from gorder.order.commands.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from gorder.order.commands.refund_order import RefundOrderHandler
from gorder.order.commands.refund_payments import RefundPayments, RefundPaymentsHandler
from gorder.order.commands.refuse_checkout import RefuseCheckoutHandler
from gorder.order.commands.resume_orders import ResumeOrders, ResumeOrdersHandler
from gorder.order.commands.retry_refund import RetryRefundHandler
from gorder.order.commands.settle_holds import SettleHolds, SettleHoldsHandler
from gorder.order.payments import Payment
from gorder.payment.commands.create_payment_link import (
    CreatePaymentLink,
    CreatePaymentLinkHandler,
)
from gorder.payment.commands.expire_page import ExpirePageHandler
from gorder.payment.commands.refund_payment import RefundPaymentHandler
from gorder.payment.model import PagePayment
from gorder.payment.queries.find_page import FindPageHandler
from gorder.payment.queries.get_page import GetPageHandler
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import StandingClock
from tests.fakes.examples import ORDER_LIMITS, PAGE_OPTIONS, TIME_TO_PAY
from tests.fakes.faults import Faults
from tests.fakes.gateway import MemoryGateway
from tests.fakes.keys import CLIENTS, ORDER_IDS, TOKENS
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry


class OrderAndPayment:
    """Both services with ten soups at 7.00. A fault can be planned for each call to a fake."""

    def __init__(self) -> None:
        self.faults, self.clock, telemetry = Faults(), StandingClock(), MemoryTelemetry()
        self.orders = MemoryOrders(faults=self.faults)
        self.stock = MemoryStock(self.faults)
        queues = {
            "links": {"order.created"},
            "payments": {"payment.succeeded"},
            "refunds": {"order.refund_due"},
            "kitchen": {"order.paid"},
        }
        self.bus = MemoryBus(queues, self.faults)
        self.prices = {"price_700": 700}
        self.gateway = MemoryGateway(self.clock, self.prices, self.faults)
        ids = count(1)

        def new_id() -> str:
            return f"id-{next(ids)}"

        pages = PaymentServicePages(ExpirePageHandler(self.gateway, self.bus, self.clock))
        self.create = CreateOrderHandler(
            orders=self.orders,
            stock=self.stock,
            events=self.bus,
            tokens=TOKENS,
            order_ids=ORDER_IDS,
            clients=CLIENTS,
            limits=ORDER_LIMITS,
            clock=self.clock,
            new_id=new_id,
            time_to_pay=TIME_TO_PAY,
            telemetry=telemetry,
        )
        self.cancel = CancelOrderHandler(
            orders=self.orders,
            stock=self.stock,
            pages=pages,
            events=self.bus,
            access=AccessCheck(TOKENS, self.clock, telemetry),
            clock=self.clock,
            new_id=new_id,
            telemetry=telemetry,
        )
        self._expire = ExpireOrdersHandler(
            orders=self.orders,
            stock=self.stock,
            pages=pages,
            events=self.bus,
            clock=self.clock,
            new_id=new_id,
            telemetry=telemetry,
        )
        self._deliver = DeliverEventsHandler(
            self.orders, self.stock, self.bus, self.clock, telemetry
        )
        self._settle = SettleHoldsHandler(self.orders, self.stock, self.clock, telemetry)
        self._resume = ResumeOrdersHandler(
            self.orders, self.stock, self.bus, self.clock, new_id, telemetry
        )
        payments = PaymentServicePayments(
            GetPageHandler(self.gateway), FindPageHandler(self.gateway)
        )
        self.reconcile = ReconcilePaymentHandler(
            self.orders,
            payments,
            self.stock,
            self.bus,
            self.clock,
            new_id,
            telemetry,
        )
        refunds = PaymentServiceRefunds(RefundPaymentHandler(self.gateway))
        self._refund = RefundPaymentsHandler(self.orders, refunds, self.reconcile)
        self.payment_of_order = PaymentOfOrder(
            self.orders, payments, self.reconcile, self.clock, telemetry
        )
        self.close = CloseOrderHandler(
            orders=self.orders,
            stock=self.stock,
            pages=PaymentServicePages(ExpirePageHandler(self.gateway, None, self.clock)),
            refunds=refunds,
            payment=self.payment_of_order,
            events=self.bus,
            clock=self.clock,
            new_id=new_id,
            telemetry=telemetry,
        )
        self.refund_order = RefundOrderHandler(
            self.orders, refunds, self.payment_of_order, self.clock, telemetry
        )
        self.retry_refund = RetryRefundHandler(
            self.orders, refunds, self.reconcile, self.clock, telemetry
        )
        self._begin_cooking = BeginCookingHandler(self.orders, self.clock, telemetry)
        self.mark_cooked = MarkCookedHandler(self.orders, self.bus, self.clock, new_id, telemetry)
        payables = OrderPayables(
            BeginCheckoutHandler(
                self.orders, self.stock, self.bus, self.clock, new_id, TIME_TO_PAY, telemetry
            ),
            RefuseCheckoutHandler(self.orders, self.stock, self.bus, self.clock, new_id, telemetry),
            AwaitPaymentHandler(self.orders, self.clock, telemetry),
        )
        self._link = CreatePaymentLinkHandler(payables, self.gateway, PAGE_OPTIONS)

    def sweep(self, task: int) -> None:
        """Run one of the four tasks of the sweep."""
        match task:
            case 0:
                self._deliver(DeliverEvents())
            case 1:
                self._expire(ExpireOrders("trace"))
            case 2:
                self._resume(ResumeOrders())
            case _:
                self._settle(SettleHolds("trace"))

    def report_payment(self, payment: PagePayment) -> None:
        """Put the event of Stripe's webhook into the queue."""
        self.bus.queues["payments"].append(self._succeeded(payment).model_dump_json())

    def receive_payment(self, payment: PagePayment) -> None:
        """Handle a message about a payment, which may be forged."""
        self._handle(self._succeeded(payment))

    def _succeeded(self, payment: PagePayment) -> PaymentSucceeded:
        return PaymentSucceeded(
            event_id=f"evt_{payment.session_id}",
            occurred_at=self.clock(),
            trace_id=payment.trace_id,
            data=PaymentData(
                order_id=payment.order_id,
                session_id=payment.session_id,
                payment_intent_id=payment.payment_intent_id,
                amount=payment.amount,
                currency=payment.currency,
            ),
        )

    def handle_next(self, queue: str) -> None:
        """Handle the oldest message of a queue; one that fails goes to the end of it."""
        messages = self.bus.queues[queue]
        if not messages:
            return
        message = messages.pop(0)
        messages.append(message)
        self._handle(parse_event(message))
        messages.remove(message)

    def _handle(self, event: Event) -> None:
        match event:
            case OrderCreated():
                self._link(CreatePaymentLink(event.data.order_id, event.event_id))
            case PaymentSucceeded(data=paid):
                payment = Payment(
                    paid.session_id, paid.payment_intent_id, paid.amount, paid.currency
                )
                self.reconcile(ReconcilePayment(paid.order_id, paid.session_id, reported=payment))
            case OrderRefundDue():
                self._refund(RefundPayments(event.data.order_id))
            case OrderPaid():
                self._begin_cooking(BeginCooking(event.data.order_id))
