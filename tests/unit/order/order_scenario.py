"""One stored order, and the commands that change it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from gorder.bootstrap.payment_link import payable
from gorder.bootstrap.payment_pages import PaymentServicePages
from gorder.bootstrap.payment_refunds import PaymentServiceRefunds
from gorder.bootstrap.received_payments import PaymentServicePayments
from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.access_check import AccessCheck
from gorder.order.access_token import Scope
from gorder.order.changes import OutboxEvent
from gorder.order.commands.await_payment import AwaitPayment, AwaitPaymentHandler
from gorder.order.commands.begin_checkout import BeginCheckout, BeginCheckoutHandler
from gorder.order.commands.begin_cooking import BeginCooking, BeginCookingHandler
from gorder.order.commands.cancel_order import CancelOrder, CancelOrderHandler
from gorder.order.commands.close_order import CloseOrder, CloseOrderHandler, CloseOutcome
from gorder.order.commands.deliver_events import DeliverEvents, DeliverEventsHandler
from gorder.order.commands.mark_cooked import MarkCooked, MarkCookedHandler
from gorder.order.commands.payment_of_order import PaymentOfOrder
from gorder.order.commands.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from gorder.order.commands.refund_order import OrderRefund, RefundOrder, RefundOrderHandler
from gorder.order.commands.refund_payments import RefundPayments, RefundPaymentsHandler
from gorder.order.commands.refuse_checkout import RefuseCheckout, RefuseCheckoutHandler
from gorder.order.commands.resume_orders import ResumeOrders, ResumeOrdersHandler
from gorder.order.commands.retry_refund import RetryOutcome, RetryRefund, RetryRefundHandler
from gorder.order.model import Order
from gorder.order.status import Status
from gorder.order.stock_errors import StockUnavailableError
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.payment.commands.expire_page import ExpirePageHandler
from gorder.payment.commands.refund_payment import RefundPaymentHandler
from gorder.payment.model import PagePayment
from gorder.payment.ports import PaymentGatewayUnavailableError
from gorder.payment.queries.find_page import FindPageHandler
from gorder.payment.queries.get_page import GetPageHandler
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import (
    CREATED,
    CUSTOMER_ID,
    EXPIRED,
    ORDER_ID,
    PAGE_OPTIONS,
    PAGE_URL,
    SESSION_ID,
    TIME_TO_PAY,
    TRACE_ID,
    payment,
    waiting,
)
from tests.fakes.faults import Faults
from tests.fakes.gateway import MemoryGateway
from tests.fakes.keys import TOKENS
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry

AWAIT_PAYMENT = AwaitPayment(ORDER_ID, 1, SESSION_ID, PAGE_URL, CREATED.event_id)
RECONCILE = ReconcilePayment(ORDER_ID, SESSION_ID, reported=payment())
LOOK = ReconcilePayment(ORDER_ID, SESSION_ID)
REFUND = RefundPayments(ORDER_ID)
BEGIN = BeginCheckout(ORDER_ID, CREATED.event_id)
RETRY = BeginCheckout(ORDER_ID, CREATED.event_id, failed_attempt=1)
TOO_NEAR = BeginCheckout(ORDER_ID, CREATED.event_id, failed_attempt=1, too_near=True)
BEGIN_COOKING = BeginCooking(ORDER_ID)
MARK_COOKED = MarkCooked(ORDER_ID)
CANCEL = CancelOrder(CUSTOMER_ID, ORDER_ID, TOKENS.issue(Scope, CUSTOMER_ID, ORDER_ID, NOON))
PAID = PagePayment(ORDER_ID, TRACE_ID, SESSION_ID, "pi_1", 1650, "eur")
SECOND = replace(PAID, session_id="cs_2", payment_intent_id="pi_2")
CANCELLED = waiting().cancel(OutboxEvent("c", "order.cancelled", NOON)).delivered(["c"])
EXPIRED_ORDER = waiting().with_status(Status.EXPIRED, EXPIRED).delivered([EXPIRED.event_id])
BY_INTENT = ReconcilePayment(None, payment_intent_id="pi_1")
CLOSE = CloseOrder(ORDER_ID, "The oven is broken.", "ann@example.com")
REFUND_ALL = RefundOrder(ORDER_ID, "The soup was cold.", "ann@example.com")
REFUND_PART = replace(REFUND_ALL, amount=700, refunded_before=0)
REFUND_SECOND_PART = replace(REFUND_ALL, amount=700, refunded_before=650)
REFUND_REST = replace(REFUND_ALL, amount=1000, refunded_before=650)
RETRY_REFUND = RetryRefund(ORDER_ID, "ann@example.com")
UNAVAILABLE = (
    OrderStoreUnavailableError,
    StockUnavailableError,
    EventBusUnavailableError,
    PaymentGatewayUnavailableError,
)
type Message = (
    AwaitPayment
    | BeginCheckout
    | BeginCooking
    | CancelOrder
    | CloseOrder
    | MarkCooked
    | ReconcilePayment
    | RefundOrder
    | RefundPayments
    | RefuseCheckout
    | ResumeOrders
    | RetryRefund
)


class OrderScenario:
    """One stored order, its reserved stock, and the handlers that change it."""

    def __init__(self, order: Order) -> None:
        self.faults = Faults()
        self.orders = MemoryOrders(order, faults=self.faults)
        self.bus = MemoryBus(faults=self.faults)
        self.clock = StandingClock(NOON + timedelta(minutes=5))
        self.stock = MemoryStock(self.faults)
        self.stock.reserve(
            order.order_id, order.quantities, order.checkout.expires_at, order.trace_id
        )
        if order.payment:
            self.stock.confirm(order.order_id, order.trace_id)
        self.gateway = MemoryGateway(
            StandingClock(), {"price_700": 700, "price_250": 250}, self.faults
        )
        if order.checkout.session_id:
            self.gateway.create_page(replace(payable(order), awaits_checkout=True), PAGE_OPTIONS)
        self.faults.calls.clear()
        self.telemetry = MemoryTelemetry()
        self._ids = count(1)

    def handle(self, message: Message) -> Order | None:
        match message:
            case AwaitPayment():
                AwaitPaymentHandler(self.orders, self.clock, self.telemetry)(message)
            case BeginCheckout() | RefuseCheckout():
                return self._handle_checkout(message)
            case ReconcilePayment():
                self._reconcile(message)
            case RefundPayments():
                refunds = PaymentServiceRefunds(RefundPaymentHandler(self.gateway))
                RefundPaymentsHandler(self.orders, refunds, self._reconcile)(message)
            case ResumeOrders():
                ResumeOrdersHandler(
                    self.orders, self.stock, self.bus, self.clock, self._new_id, self.telemetry
                )(message)
            case BeginCooking():
                return BeginCookingHandler(self.orders, self.clock, self.telemetry)(message)
            case CancelOrder():
                return self._cancel(message)
            case CloseOrder() | RefundOrder() | RetryRefund():
                self._handle_for_staff(message)
            case MarkCooked():
                MarkCookedHandler(self.orders, self.bus, self.clock, self._new_id, self.telemetry)(
                    message
                )
        return None

    def pay(self) -> None:
        """Pay on the order's page at Stripe, which exists before the order has its address."""
        self.gateway.create_page(replace(payable(self.order), awaits_checkout=True), PAGE_OPTIONS)
        self.gateway.pay(SESSION_ID)
        self.faults.calls.clear()

    def deliver(self) -> None:
        """Publish the events in the order's outbox, as the sweep does a minute later."""
        self.clock.advance(minutes=1)
        DeliverEventsHandler(self.orders, self.stock, self.bus, self.clock, self.telemetry)(
            DeliverEvents()
        )

    def _handle_checkout(self, message: BeginCheckout | RefuseCheckout) -> Order:
        if isinstance(message, RefuseCheckout):
            return RefuseCheckoutHandler(
                self.orders, self.stock, self.bus, self.clock, self._new_id, self.telemetry
            )(message)
        return BeginCheckoutHandler(
            self.orders,
            self.stock,
            self.bus,
            self.clock,
            self._new_id,
            TIME_TO_PAY,
            self.telemetry,
        )(message)

    def _payments(self) -> PaymentServicePayments:
        return PaymentServicePayments(GetPageHandler(self.gateway), FindPageHandler(self.gateway))

    def _payment_of_order(self) -> PaymentOfOrder:
        return PaymentOfOrder(
            self.orders, self._payments(), self._reconcile, self.clock, self.telemetry
        )

    def _reconcile(self, message: ReconcilePayment) -> None:
        ReconcilePaymentHandler(
            self.orders,
            self._payments(),
            self.stock,
            self.bus,
            self.clock,
            self._new_id,
            self.telemetry,
        )(message)

    def _cancel(self, message: CancelOrder) -> Order:
        pages = PaymentServicePages(ExpirePageHandler(self.gateway, self.bus, self.clock))
        handler = CancelOrderHandler(
            orders=self.orders,
            stock=self.stock,
            pages=pages,
            events=self.bus,
            access=AccessCheck(TOKENS, self.clock, self.telemetry),
            clock=self.clock,
            new_id=self._new_id,
            telemetry=self.telemetry,
        )
        return handler(message)

    def _handle_for_staff(self, message: CloseOrder | RefundOrder | RetryRefund) -> None:
        match message:
            case CloseOrder():
                self.close(message)
            case RefundOrder():
                self.refund(message)
            case _:
                self.retry_refund(message)

    def refund(self, message: RefundOrder) -> OrderRefund:
        refunds = PaymentServiceRefunds(RefundPaymentHandler(self.gateway))
        handler = RefundOrderHandler(
            self.orders, refunds, self._payment_of_order(), self.clock, self.telemetry
        )
        refund = handler(message)
        assert refund.order == self.order
        return refund

    def close(self, message: CloseOrder = CLOSE) -> CloseOutcome:
        order, outcome = self._close_handler()(message)
        assert order == replace(self.order, outbox=order.outbox)
        return outcome

    def plan_to_close(self, message: CloseOrder) -> tuple[Order, CloseOutcome]:
        return self._close_handler()(message)

    def _close_handler(self) -> CloseOrderHandler:
        return CloseOrderHandler(
            orders=self.orders,
            stock=self.stock,
            pages=PaymentServicePages(ExpirePageHandler(self.gateway, None, self.clock)),
            refunds=PaymentServiceRefunds(RefundPaymentHandler(self.gateway)),
            payment=self._payment_of_order(),
            events=self.bus,
            clock=self.clock,
            new_id=self._new_id,
            telemetry=self.telemetry,
        )

    def retry_refund(self, message: RetryRefund = RETRY_REFUND) -> list[RetryOutcome]:
        refunds = PaymentServiceRefunds(RefundPaymentHandler(self.gateway))
        handler = RetryRefundHandler(
            self.orders, refunds, self._reconcile, self.clock, self.telemetry
        )
        order, retried = handler(message)
        assert order == self.order
        return [each.outcome for each in retried]

    @property
    def order(self) -> Order:
        return self.orders.stored[ORDER_ID]

    def _new_id(self) -> str:
        return f"event-{next(self._ids)}"
