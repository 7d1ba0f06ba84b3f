"""Removes customers from old orders, and old movements of units, every day."""

from collections.abc import Iterable

from gorder.bootstrap.retention import Retention, service
from gorder.order.commands.forget_old_orders import ForgetOldOrders
from gorder.runtime.schedule import Task, scheduled_function
from gorder.stock.commands.archive_movements import ArchiveMovements


def tasks(_trace_id: str, retention: Retention) -> Iterable[Task]:
    """Forget the customers of old orders; archive old movements."""
    return (
        lambda: retention.forget_orders(ForgetOldOrders()),
        lambda: retention.archive_movements(ArchiveMovements()),
    )


handler = scheduled_function(tasks, service)
