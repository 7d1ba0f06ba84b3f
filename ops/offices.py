"""Build the offices that answer staff on stores that this process can reach."""

import os
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, cast

from gorder.back_office.audits import AuditOffice
from gorder.back_office.menu import MenuOffice
from gorder.back_office.messages import MessageOffice
from gorder.back_office.order_repairs import OrderRepairOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.reports import ReportOffice
from gorder.back_office.stock import StockOffice
from gorder.back_office.stock_repairs import StockRepairOffice
from gorder.bootstrap import back_office, dead_letters
from gorder.bootstrap.audit_orders import audit_orders, stripe_ledger
from gorder.bootstrap.stripe_gateway import stripe_gateway
from gorder.bootstrap.stripe_products import stripe_products
from gorder.clients.aws import lambda_client, sns_client
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.stripe import stripe_client
from gorder.contracts.bus import Topic
from gorder.dead_letters.adapters.sqs_dead_letters import QueueUrls
from gorder.dead_letters.model import Queue
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.runtime.decorators import observed
from gorder.runtime.limits import MYSQL_AUDIT
from gorder.runtime.observability import telemetry
from gorder.runtime.sns import SnsPublisher
from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.ports import ProductSource
from gorder.stock.queries.audit_stock import AuditStockHandler
from ops.function import DeployedStack
from ops.settings import stripe_address, variable

if TYPE_CHECKING:
    import stripe
    from pymongo.collection import Collection

    from gorder.order.adapters.mongo_documents import Document

_SECONDS: Final = 60.0
_AUDIT_BUDGET: Final = timedelta(hours=1)  # no function's timeout ends it


class ReachableOffices:
    """Implements `back_office.office.Offices`. Each one is built when it is first asked.

    The stores are those of `GORDER_MYSQL_URL` and `GORDER_MONGO_URL`, with `STRIPE_API_KEY`. What
    is no store, such as a queue, is the stack's.
    """

    def __init__(self, stack: DeployedStack) -> None:
        self._stack = stack

    @cached_property
    def stock(self) -> StockOffice:
        return back_office.stock_office(self._store, self._store, self._source)

    @cached_property
    def stock_repairs(self) -> StockRepairOffice:
        return back_office.stock_repair_office(
            MysqlRepairs(self._store), MongoOrderBook(self._orders)
        )

    @cached_property
    def menu(self) -> MenuOffice:
        return back_office.menu_office(self._store, self._source)

    @cached_property
    def orders(self) -> OrderOffice:
        gateway = stripe_gateway(_stripe_account())
        return back_office.order_office(
            self._orders, self._documents, gateway, self._stock, self._events
        )

    @cached_property
    def order_repairs(self) -> OrderRepairOffice:
        return back_office.order_repair_office(
            self._orders,
            self._documents,
            stripe_gateway(_stripe_account()),
            self._stock,
            self._events,
        )

    @cached_property
    def messages(self) -> MessageOffice:
        """On AWS the queues refuse a move: their policies let only the deployed function send."""
        return dead_letters.build(
            dead_letters.sqs_dead_letters({queue: self._urls(queue) for queue in Queue}),
            dead_letters.cloudwatch_failures(self._stack.resource("LogGroup")),
            self._orders,
        )

    @cached_property
    def audits(self) -> AuditOffice:
        url = variable("GORDER_MYSQL_URL")
        connect = partial(connect_mysql, url, read_timeout_seconds=MYSQL_AUDIT.answer_seconds)
        store = MysqlStockStore(connect, budget_seconds=_SECONDS)
        stock = AuditStockHandler(store=store, telemetry=telemetry)
        orders = audit_orders(
            MongoOrderBook(self._orders),
            MysqlReservationBook(store),
            stripe_ledger(_stripe_account()),
            _AUDIT_BUDGET,
        )
        return back_office.audit_office(observed("AuditStock", stock), orders)

    @cached_property
    def reports(self) -> ReportOffice:
        return back_office.report_office(self._store, self._orders)

    @cached_property
    def _stock(self) -> LambdaStock:
        return LambdaStock(lambda_client(), f"{self._stack.resource('StockCheckFunction')}:live")

    @cached_property
    def _events(self) -> SnsPublisher:
        return SnsPublisher(sns_client(), {Topic.ORDERS: self._stack.resource("Topic")})

    @cached_property
    def _store(self) -> MysqlStockStore:
        connect = partial(connect_mysql, variable("GORDER_MYSQL_URL"))
        return MysqlStockStore(connect, budget_seconds=_SECONDS)

    @cached_property
    def _orders(self) -> MongoOrders:
        url = variable("GORDER_MONGO_URL")

        def connect() -> "Collection[Document]":
            return mongo_client(url).get_default_database()[COLLECTION]

        return MongoOrders(connect)

    @cached_property
    def _documents(self) -> MongoOrderDocuments:
        return MongoOrderDocuments(self._orders)

    @cached_property
    def _source(self) -> ProductSource:
        if "STRIPE_API_KEY" in os.environ:
            return stripe_products(_stripe_account())
        return cast("ProductSource", _Absent("STRIPE_API_KEY"))

    def _urls(self, queue: Queue) -> QueueUrls:
        name = queue.title().replace("_", "")
        return QueueUrls(
            self._stack.resource(f"{name}Queue"), self._stack.resource(f"{name}DeadLetterQueue")
        )


class _Absent:
    """Stands for what a variable would have named. Its first use says which variable is missing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - it stands for any object
        return variable(self._name)


def _stripe_account() -> "stripe.StripeClient":
    return stripe_client(variable("STRIPE_API_KEY"), stripe_address())
