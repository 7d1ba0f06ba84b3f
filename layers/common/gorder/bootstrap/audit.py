"""Build the audit function."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from gorder.bootstrap.settings import AuditSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.contracts.audit import Finding
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.limits import MYSQL_AUDIT
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import secret_changed_at
from gorder.stock.audit_ports import StockLedger
from gorder.stock.commands.forget_clients import ForgetClients, ForgetClientsHandler
from gorder.stock.ports import ClientClaims
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from gorder.upkeep.audit_secrets import AuditSecrets, AuditSecretsHandler


@dataclass(frozen=True, slots=True)
class Audit:
    """The work that is done every hour."""

    stock: Handler[AuditStock, Sequence[Finding]]
    secrets: Handler[AuditSecrets, None]
    forget_clients: Handler[ForgetClients, None]


def build(store: StockLedger, claims: ClientClaims, secrets: AuditSecretsHandler) -> Audit:
    return Audit(
        stock=observed("AuditStock", AuditStockHandler(store=store, telemetry=telemetry)),
        secrets=observed("AuditSecrets", secrets),
        forget_clients=observed("ForgetClients", ForgetClientsHandler(claims=claims)),
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
    return build(store, store, secrets)
