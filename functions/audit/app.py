"""Checks stock, orders, payments and the age of the secrets every hour; forgets old clients."""

from collections.abc import Iterable

from gorder.bootstrap.audit import Audit, service
from gorder.runtime.schedule import Task, scheduled_function
from gorder.stock.commands.forget_clients import ForgetClients
from gorder.stock.queries.audit_stock import AuditStock
from gorder.upkeep.audit_orders import AuditOrders
from gorder.upkeep.audit_secrets import AuditSecrets


def tasks(_trace_id: str, audit: Audit) -> Iterable[Task]:
    """Audit the stock and the secrets; forget old clients; audit the orders in the time left."""
    return (
        lambda: audit.stock(AuditStock()),
        lambda: audit.secrets(AuditSecrets()),
        lambda: audit.forget_clients(ForgetClients()),
        lambda: audit.orders(AuditOrders(keeps=True)),
    )


handler = scheduled_function(tasks, service)
