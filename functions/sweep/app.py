"""Finishes the work that other functions left unfinished. Runs every minute."""

from collections.abc import Iterable

from gorder.bootstrap.sweep import Sweep, service
from gorder.order.commands.deliver_events import DeliverEvents
from gorder.order.commands.expire_orders import ExpireOrders
from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.commands.settle_holds import SettleHolds
from gorder.runtime.schedule import Task, scheduled_function


def tasks(trace_id: str, sweep: Sweep) -> Iterable[Task]:
    """Return the tasks: deliver events, resume and expire orders, settle holds."""
    return (
        lambda: sweep.deliver(DeliverEvents()),
        lambda: sweep.resume(ResumeOrders()),
        lambda: sweep.expire(ExpireOrders(trace_id)),
        lambda: sweep.settle(SettleHolds(trace_id)),
    )


handler = scheduled_function(tasks, service)
