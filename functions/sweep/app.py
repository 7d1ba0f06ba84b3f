"""Finishes the work that other functions left unfinished. Runs every minute.

A second schedule asks Stripe every three minutes for what its webhooks did not report.
"""

from collections.abc import Iterable

from gorder.bootstrap.sweep import Sweep, service
from gorder.order.commands.deliver_events import DeliverEvents
from gorder.order.commands.expire_orders import ExpireOrders
from gorder.order.commands.record_held_share import RecordHeldShare
from gorder.order.commands.resume_orders import ResumeOrders
from gorder.order.commands.settle_holds import SettleHolds
from gorder.payment.commands.find_missed_webhooks import FindMissedWebhooks
from gorder.runtime.schedule import Task, scheduled_function


def tasks(trace_id: str, sweep: Sweep) -> Iterable[Task]:
    """Return the tasks: deliver events, resume and expire orders, settle holds, measure them."""
    return (
        lambda: sweep.deliver(DeliverEvents()),
        lambda: sweep.resume(ResumeOrders()),
        lambda: sweep.expire(ExpireOrders(trace_id)),
        lambda: sweep.settle(SettleHolds(trace_id)),
        lambda: sweep.record_held_share(RecordHeldShare(trace_id)),
    )


def questions(trace_id: str, sweep: Sweep) -> Iterable[Task]:
    """Return the task that finds missed webhooks."""
    return (lambda: sweep.find_missed(FindMissedWebhooks(trace_id)),)


BY_NAME = {"find_missed_webhooks": questions}
handler = scheduled_function(tasks, service, BY_NAME)
