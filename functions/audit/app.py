"""Every hour: do the books agree, and is a secret to be changed."""

from collections.abc import Iterable

from gorder.bootstrap.audit import Audit, service
from gorder.runtime.schedule import Task, scheduled_function
from gorder.stock.queries.audit_stock import AuditStock
from gorder.upkeep.audit_secrets import AuditSecrets


def tasks(_trace_id: str, audit: Audit) -> Iterable[Task]:
    """Look at the stock, and at the secrets."""
    return (
        lambda: audit.stock(AuditStock()),
        lambda: audit.secrets(AuditSecrets()),
    )


handler = scheduled_function(tasks, service)
