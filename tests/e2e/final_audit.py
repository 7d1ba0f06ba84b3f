"""A full audit of what the tests have left: stock, orders, and money at Stripe.

Its clock is ahead, so that what the last tests have changed is compared too.
"""

from datetime import datetime, timedelta
from functools import partial

from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.stripe import stripe_client
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.payment.adapters.stripe_ledger import StripeLedger
from gorder.runtime.clock import utc_now
from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from gorder.upkeep.audit_orders import AuditOrders, AuditOrdersHandler
from gorder.upkeep.auditor import UNDER_WAY
from tests.fakes.telemetry import MemoryTelemetry

_BUDGET = timedelta(minutes=5)


def _later() -> datetime:
    return utc_now() + UNDER_WAY


def audit(environment: dict[str, str]) -> list[str]:
    """Look at everything, and return what contradicts itself, in words."""
    connect = partial(connect_mysql, environment["GORDER_MYSQL_URL"], read_timeout_seconds=60)
    store = MysqlStockStore(connect, budget_seconds=_BUDGET.total_seconds())
    account = stripe_client(environment["STRIPE_API_KEY"], environment["STRIPE_API_BASE"])
    with mongo_client(environment["GORDER_MONGO_URL"]) as client:
        orders = MongoOrders(lambda: client.get_default_database()[COLLECTION])
        handler = AuditOrdersHandler(
            orders=MongoOrderBook(orders),
            reservations=MysqlReservationBook(store),
            ledger=StripeLedger(account, environment["GORDER_STACK"]),
            budget=_BUDGET,
            clock=_later,
            telemetry=MemoryTelemetry(),
        )
        report = handler(AuditOrders(full=True))
    assert report.complete, "not everything was looked at in time"
    stock = AuditStockHandler(store, MemoryTelemetry())(AuditStock(full=True))
    store.close()
    return [f"{each.kind}: {each.subject}: {each.text}" for each in [*stock, *report.findings]]
