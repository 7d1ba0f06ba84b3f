"""Audits what has moved in the stock and the age of the secrets every hour; forgets old clients."""

from collections.abc import Iterable

from gorder.bootstrap.audit import Audit, service
from gorder.runtime.schedule import Task, scheduled_function
from gorder.stock.commands.forget_clients import ForgetClients
from gorder.stock.queries.audit_stock import AuditStock
from gorder.upkeep.audit_secrets import AuditSecrets


def tasks(_trace_id: str, audit: Audit) -> Iterable[Task]:
    """Audit the stock, then the secrets; forget old clients."""
    return (
        lambda: audit.stock(AuditStock()),
        lambda: audit.secrets(AuditSecrets()),
        lambda: audit.forget_clients(ForgetClients()),
    )


handler = scheduled_function(tasks, service)
