"""Every hour: do the books agree, and is a secret to be changed."""

from collections.abc import Iterable

from gorder.bootstrap.audit import Audit, service
from gorder.bootstrap.error_table import ERRORS
from gorder.runtime.schedule import Task, scheduled_function
from gorder.runtime.secret_ages import AuditSecrets
from gorder.stock.queries.audit_stock import AuditStock


def tasks(_trace_id: str, audit: Audit) -> Iterable[Task]:
    """Look at the stock, and at the secrets."""
    return (
        lambda: audit.stock(AuditStock()),
        lambda: audit.secrets(AuditSecrets()),
    )


handler = scheduled_function(tasks, service, ERRORS)
