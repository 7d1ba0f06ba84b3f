"""Build the audit function."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from gorder.bootstrap.audit_orders import audit_orders, stripe_ledger
from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import AuditSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.bootstrap.stripe_account import stripe_account
from gorder.contracts.audit import Finding
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.limits import MYSQL_AUDIT
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import secret_changed_at
from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.audit_ports import StockLedger
from gorder.stock.commands.forget_clients import ForgetClients, ForgetClientsHandler
from gorder.stock.ports import ClientClaims
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from gorder.upkeep.audit_orders import AuditOrders, AuditReport
from gorder.upkeep.audit_secrets import AuditSecrets, AuditSecretsHandler

_BUDGET: Final = timedelta(seconds=150)  # of the orders; `tests/unit/test_timeouts.py` has it too


@dataclass(frozen=True, slots=True)
class Audit:
    """The work that is done every hour."""

    stock: Handler[AuditStock, Sequence[Finding]]
    secrets: Handler[AuditSecrets, None]
    forget_clients: Handler[ForgetClients, None]
    orders: Handler[AuditOrders, AuditReport]


def build(
    store: StockLedger,
    claims: ClientClaims,
    secrets: AuditSecretsHandler,
    orders: Handler[AuditOrders, AuditReport],
) -> Audit:
    return Audit(
        stock=observed("AuditStock", AuditStockHandler(store=store, telemetry=telemetry)),
        secrets=observed("AuditSecrets", secrets),
        forget_clients=observed("ForgetClients", ForgetClientsHandler(claims=claims)),
        orders=orders,
    )


@cache
def service() -> Audit:
    secrets = AuditSecretsHandler(
        secret_ids=load(AuditSettings).secret_ids,
        changed_at=secret_changed_at,
        clock=utc_now,
        telemetry=telemetry,
    )
    store = mysql_store(MYSQL_AUDIT.answer_seconds)

    def audit(query: AuditOrders) -> AuditReport:
        """Audit the orders with the current API key."""
        ledger = stripe_ledger(stripe_account())
        book = MongoOrderBook(mongo_orders())
        return audit_orders(book, MysqlReservationBook(store), ledger, _BUDGET)(query)

    return build(store, store, secrets, audit)
