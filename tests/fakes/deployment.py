"""Every function of the template with its real entry and composition, on fakes."""

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import functions.audit.app
import functions.back_office.app
import functions.cancel_order.app
import functions.catalogue_sync.app
import functions.create_order.app
import functions.get_menu.app
import functions.get_order.app
import functions.kitchen.app
import functions.order_paid.app
import functions.payment_link.app
import functions.refund.app
import functions.retention.app
import functions.stock_check.app
import functions.stripe_webhook.app
import functions.sweep.app
from gorder import bootstrap
from gorder.back_office.office import BackOffice
from gorder.bootstrap import back_office
from gorder.bootstrap.settings import RetentionSettings
from gorder.contracts.bus import Topic
from gorder.contracts.stock import parse_request
from gorder.kitchen.model import CookingTime
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.adapters.mongo_retention import MongoOrdersByAge
from gorder.order.retention_ports import OrdersByAge
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.runtime.clock import utc_now
from gorder.runtime.entry import LambdaHandler
from gorder.runtime.http import http_function
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry
from gorder.runtime.schedule import scheduled_function
from gorder.runtime.sqs import sqs_function
from gorder.stock.claims import ClientLimits
from gorder.stock.queries.audit_stock import AuditStockHandler
from gorder.upkeep.audit_secrets import AuditSecretsHandler
from gorder.upkeep.ports import OrderBook
from tests.fakes.audit import MemoryOrderBook, MemoryPaymentLedger, MemoryReservationBook
from tests.fakes.bus import MemoryBus
from tests.fakes.client_claims import MemoryClaims
from tests.fakes.clock import StandingClock
from tests.fakes.dead_letters import MemoryDeadLetters, MemoryFailures
from tests.fakes.documents import MemoryOrderDocuments
from tests.fakes.examples import ORDER_LIMITS, PAGE_OPTIONS, STACK, TIME_TO_PAY
from tests.fakes.faults import Faults
from tests.fakes.gateway import MemoryGateway
from tests.fakes.keys import CLIENTS, ORDER_IDS, TOKENS
from tests.fakes.lambda_context import FakeContext
from tests.fakes.orders import MemoryOrders
from tests.fakes.orders_by_age import MemoryOrdersByAge
from tests.fakes.products import FixedProducts, product
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.stock import MemoryStockStore
from tests.fakes.stock_repairs import MemoryRepairs
from tests.fakes.stripe_events import MemoryStripeEvents
from tests.fakes.timer import MemoryTimer
from tests.fakes.webhooks import SECRET

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

QUEUES = {
    "payment_link": {"order.created"},
    "order_paid": {
        "payment.succeeded",
        "payment.failed",
        "payment.checkout_expired",
        "payment.refunded",
        "payment.refund_failed",
        "payment.disputed",
        "payment.dispute_closed",
    },
    "refund": {"order.refund_due"},
    "kitchen": {"order.paid"},
    "catalogue": {"catalogue.changed"},
}


def order_book(orders: MemoryOrders) -> OrderBook:
    """Return the orders as an audit reads them."""
    if isinstance(orders, MongoOrders):  # tests/compatibility
        return MongoOrderBook(orders)
    return MemoryOrderBook(orders)


def order_documents(orders: MemoryOrders) -> MemoryOrderDocuments | MongoOrderDocuments:
    """Return the documents of the orders."""
    if isinstance(orders, MongoOrders):  # tests/compatibility
        return MongoOrderDocuments(orders)
    return MemoryOrderDocuments(orders)


def orders_by_age(orders: MemoryOrders) -> OrdersByAge:
    """Return the orders as retention finds them."""
    if isinstance(orders, MongoOrders):  # tests/compatibility
        return MongoOrdersByAge(orders)
    return MemoryOrdersByAge(orders)


class LambdaInvoker:
    """`lambda:Invoke` of one handler; request and answer are JSON."""

    def __init__(self, handler: LambdaHandler) -> None:
        self._handler = handler

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        assert FunctionName
        try:
            answer = self._handler(json.loads(Payload), FakeContext())
        except Exception as error:  # noqa: BLE001 - Lambda turns every exception into an answer
            failure = json.dumps(
                {"errorType": type(error).__name__, "errorMessage": str(error)}
            ).encode()
            return {"FunctionError": "Unhandled", "Payload": BytesIO(failure)}
        return {"Payload": BytesIO(json.dumps(answer).encode())}


class FakeDeployment:
    """The handlers and their fakes, with ten soups at 7.00 and ten breads at 2.50."""

    def __init__(self, orders: MemoryOrders | None = None) -> None:
        self.faults = Faults()
        self.orders = orders or MemoryOrders(faults=self.faults)
        self.documents = order_documents(self.orders)
        self.bus = MemoryBus(QUEUES, self.faults)
        self.letters = MemoryDeadLetters(utc_now, self.faults)
        self.failures = MemoryFailures()
        self.timer = MemoryTimer(self.faults)
        self.stripe_events = MemoryStripeEvents(self.faults)
        self.stock = MemoryStockStore()
        self.claims = MemoryClaims(self.stock)
        self.products = FixedProducts()
        self.secrets = {"stripe": utc_now()}  # when each was changed
        prices = {"price_700": 700, "price_250": 250}
        self.gateway = MemoryGateway(StandingClock(utc_now()), prices, self.faults)
        for amount, name in ((700, "soup"), (250, "bread")):
            self._receive(name, amount)
        self.handlers: dict[str, LambdaHandler] = {}
        self._deploy_stock()
        self._deploy_orders()
        self._deploy_payments()
        self._deploy_back_office()

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function."""
        return self.handlers[function](event, FakeContext())

    def _receive(self, product_id: str, amount: int) -> None:
        new = product(product_id, amount=amount)
        self.stock.run(lambda stock: stock.save_products([new]))
        self.stock.run(lambda stock: stock.receive("opening", product_id, 10))

    def _deploy_stock(self) -> None:
        service = bootstrap.stock_check.build(
            self.stock, MemoryQueue(), self.claims, ClientLimits(3, 10, 50)
        )
        self.handlers["stock_check"] = invoked_function(
            parse_request, functions.stock_check.app.answer, lambda: service
        )
        secrets = AuditSecretsHandler(["stripe"], self.secrets.__getitem__, utc_now, telemetry)
        self.audit_orders = bootstrap.audit_orders.audit_orders(
            order_book(self.orders),
            MemoryReservationBook(self.stock),
            MemoryPaymentLedger(self.gateway, utc_now()),
            timedelta(minutes=1),
        )
        audit = bootstrap.audit.build(self.stock, self.claims, secrets, self.audit_orders)
        retention = bootstrap.retention.build(
            self.orders,
            orders_by_age(self.orders),
            self.documents,
            self.stock,
            RetentionSettings(),
        )
        self.handlers["retention"] = scheduled_function(
            functions.retention.app.tasks, lambda: retention
        )
        self.handlers["audit"] = scheduled_function(functions.audit.app.tasks, lambda: audit)
        sync = bootstrap.catalogue_sync.build(self.stock, self.products)
        self.handlers["catalogue_sync"] = sqs_function(
            functions.catalogue_sync.app.consume, lambda: sync
        )

    def _deploy_orders(self) -> None:
        stock = self._stock()
        orders = self.bus.publisher(Topic.ORDERS)
        both = self.bus.publisher(Topic.ORDERS, Topic.STRIPE)
        create = bootstrap.create_order.build(
            self.orders, stock, orders, TOKENS, ORDER_IDS, CLIENTS, ORDER_LIMITS, TIME_TO_PAY
        )
        menu = bootstrap.get_menu.build(stock)
        get = bootstrap.get_order.build(self.orders, TOKENS)
        cancel = bootstrap.cancel_order.build(self.orders, stock, self.gateway, both, TOKENS)
        sweep = bootstrap.sweep.build(self.orders, stock, self.gateway, both, self.stripe_events)
        reconcile = bootstrap.order_paid.build(self.orders, self.gateway, stock, orders)
        refund = bootstrap.refund.build(self.orders, self.gateway, stock, orders)
        cook = bootstrap.kitchen.build(self.orders, orders, self.timer, CookingTime(5))
        self.handlers |= {
            "create_order": http_function(functions.create_order.app.respond, lambda: create),
            "cancel_order": http_function(functions.cancel_order.app.respond, lambda: cancel),
            "sweep": scheduled_function(
                functions.sweep.app.tasks, lambda: sweep, functions.sweep.app.BY_NAME
            ),
            "get_menu": http_function(functions.get_menu.app.respond, lambda: menu),
            "get_order": http_function(functions.get_order.app.respond, lambda: get),
            "order_paid": sqs_function(functions.order_paid.app.consume, lambda: reconcile),
            "refund": sqs_function(functions.refund.app.consume, lambda: refund),
            "kitchen": sqs_function(functions.kitchen.app.consume, lambda: cook),
        }

    def _deploy_back_office(self) -> None:
        audit_stock = AuditStockHandler(store=self.stock, telemetry=telemetry)
        events = self.bus.publisher(Topic.ORDERS)
        office = BackOffice(
            stock=back_office.stock_office(self.stock, self.claims, self.products),
            stock_repairs=back_office.stock_repair_office(
                MemoryRepairs(self.stock), order_book(self.orders)
            ),
            menu=back_office.menu_office(self.stock, self.products),
            orders=back_office.order_office(
                self.orders, self.documents, self.gateway, self._stock(), events
            ),
            order_repairs=back_office.order_repair_office(
                self.orders, self.documents, self.gateway, self._stock(), events
            ),
            messages=bootstrap.dead_letters.build(self.letters, self.failures, self.orders),
            audits=back_office.audit_office(audit_stock, self.audit_orders),
            reports=back_office.report_office(self.stock, self.orders),
        )
        self.handlers["back_office"] = invoked_function(
            functions.back_office.app.parse, functions.back_office.app.answer, lambda: office
        )

    def _stock(self) -> LambdaStock:
        invoker = cast("LambdaClient", LambdaInvoker(self.handlers["stock_check"]))
        return LambdaStock(invoker, "stock_check")

    def _deploy_payments(self) -> None:
        link = bootstrap.payment_link.build(
            self.orders,
            self.gateway,
            self._stock(),
            self.bus.publisher(Topic.ORDERS),
            PAGE_OPTIONS,
            TIME_TO_PAY,
        )
        reader = StripeWebhookReader(SECRET, utc_now, STACK)
        receive = bootstrap.stripe_webhook.build(reader, self.bus.publisher(Topic.STRIPE))
        self.handlers |= {
            "payment_link": sqs_function(functions.payment_link.app.consume, lambda: link),
            "stripe_webhook": http_function(functions.stripe_webhook.app.respond, lambda: receive),
        }
