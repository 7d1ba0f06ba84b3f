"""Checks the stock and the age of the secrets every hour."""

from collections.abc import Iterable

from gorder.bootstrap.audit import Audit, service
from gorder.runtime.schedule import Task, scheduled_function
from gorder.stock.queries.audit_stock import AuditStock
from gorder.upkeep.audit_secrets import AuditSecrets


def tasks(_trace_id: str, audit: Audit) -> Iterable[Task]:
    """Audit the stock, then the secrets."""
    return (
        lambda: audit.stock(AuditStock()),
        lambda: audit.secrets(AuditSecrets()),
    )


handler = scheduled_function(tasks, service)
