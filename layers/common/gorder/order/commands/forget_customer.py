"""Remove a customer from all orders that have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import StaffNote
from gorder.order.commands.forget_order import forget_order
from gorder.order.ports import Clock, OrderRepository
from gorder.order.records import OrderFilter, OrderRecord
from gorder.order.retention import FORGET_COMMAND, kept_because
from gorder.order.retention_ports import RecordOfRepairs

PAGE: Final = 100
_LONGEST: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ForgetCustomer:
    """A request of staff about the customer's orders that follow the order `after`, newest first.

    `dry_run`: change nothing.
    """

    customer_id: str
    reason: str
    by: str
    after: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class LeftOrder:
    """An order of which the customer is still known, and why."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ForgottenCustomer:
    """How many orders were forgotten, or would be; those that are left; and where to go on."""

    forgotten: int
    left: tuple[LeftOrder, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ForgetCustomerHandler:
    """Forgets orders one by one. Each keeps a note with who has asked and why.

    The customer's id is written nowhere: neither in the note nor in the log.
    """

    orders: OrderRepository
    repairs: RecordOfRepairs
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: ForgetCustomer) -> ForgottenCustomer:
        """Forget the next hundred orders, for two minutes at most.

        Raises:
            OrderNotListed: there is no order `after`.
            OrderStoreUnavailableError, ConcurrentUpdateError: try again. What was done is done.
        """
        ends_at = self.clock() + _LONGEST
        wanted = OrderFilter(customer_id=command.customer_id)
        found = self.orders.list_placed(wanted, PAGE + 1, command.after)
        left: list[LeftOrder] = []
        done: list[OrderRecord] = []
        for record in found[:PAGE]:
            if self.clock() >= ends_at:
                break
            if reason := self._forget(record, command):
                left.append(LeftOrder(record.order_id, reason))
            done.append(record)
        forgotten = len(done) - len(left)
        if not command.dry_run:
            self.telemetry.info(
                "customer.forgotten", by=command.by, orders=forgotten, left=len(left)
            )
        return ForgottenCustomer(forgotten, tuple(left), _following(found, done, command.after))

    def _forget(self, record: OrderRecord, command: ForgetCustomer) -> str | None:
        """Return why the order is left, or None."""
        if record.order is None:
            return f"Its document cannot be read: {record.unreadable}; correct it."
        if command.dry_run:
            return kept_because(record.order)
        note = StaffNote(FORGET_COMMAND, command.by, command.reason, self.clock())
        return forget_order(self.orders, self.repairs, self.telemetry, record.order_id, note)


def _following(
    found: Sequence[OrderRecord], done: Sequence[OrderRecord], after: str | None
) -> str | None:
    """Return the order after which the next page begins, if there is one."""
    if len(done) == len(found):
        return None
    return done[-1].order_id if done else after
