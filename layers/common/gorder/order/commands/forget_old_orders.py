"""Remove the customers from orders that have not changed for a long time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.forget_order import forget_order
from gorder.order.errors import OrderUnreadableError
from gorder.order.ports import Clock, OrderRepository
from gorder.order.retention import RetentionProgress
from gorder.order.retention_ports import OrdersByAge, RecordOfRepairs
from gorder.order.store_errors import ConcurrentUpdateError, OrderMissingError

PAGE: Final = 100
MOST_LEFT: Final = 1000
MOST_REPAIRS: Final = 1000
_MOMENT: Final = timedelta(milliseconds=1)  # the store keeps no shorter time
_MOST_OF_A_MOMENT: Final = 10_000


@dataclass(frozen=True, slots=True)
class ForgetOldOrders:
    """Remove the customers from orders that have not changed for a long time."""


@dataclass(frozen=True, slots=True)
class ForgetOldOrdersHandler:
    """Looks at each order when its last write is old enough, in pages.

    An order whose customer has to stay known then is kept in a list. Each run tries it again, until
    it is written: it is looked at again when that write is old. Each run tries the orders of a
    thousand repairs, too: a repair that failed may have kept its document after the forgetting.

    Args:
        kept: how long customers are kept after the last write of an order.
        budget: when this time is over, the next run continues.
        telemetry: gets how many were forgotten, and for how many days others are overdue.
    """

    orders: OrderRepository
    by_age: OrdersByAge
    repairs: RecordOfRepairs
    kept: timedelta
    budget: timedelta
    clock: Clock
    telemetry: Telemetry

    def __call__(self, _command: ForgetOldOrders) -> None:
        """Forget the customers of old orders. Progress is saved after each page.

        If a thousand orders are left, nothing more is looked at: a person has to look at them.

        Raises:
            OrderStoreUnavailableError: the next run continues.
            OrderStoreError: a defect.
        """
        now = self.clock()
        before, ends_at = now - self.kept, now + self.budget
        progress = self.by_age.progress()
        repaired = self.repairs.repaired(progress.repair, MOST_REPAIRS)
        again = sorted(repaired.order_ids.union(progress.left))
        left = self._forget(self.by_age.unchanged_among(again, before))
        progress = RetentionProgress(progress.since, left, repaired.next)
        self.by_age.keep_progress(progress)
        is_done = False
        while not is_done and self.clock() < ends_at and len(progress.left) < MOST_LEFT:
            progress, is_done = self._page(progress, before)
            self.by_age.keep_progress(progress)
        overdue = timedelta() if is_done else before - (progress.since or before)
        self.telemetry.gauge("OrdersOverdueDays", overdue / timedelta(days=1))
        self.telemetry.info("orders.retained", complete=is_done, left=len(progress.left))

    def _page(
        self, progress: RetentionProgress, before: datetime
    ) -> tuple[RetentionProgress, bool]:
        """Return the progress after the next page, and whether it was the last one.

        A page may repeat orders of the page before.
        """
        since = progress.since
        page = self.by_age.unchanged(since, before, PAGE)
        is_last = len(page) < PAGE
        if since and not is_last and page[-1].changed_at == since:  # a moment fills the page
            page = self.by_age.unchanged(since, since + _MOMENT, _MOST_OF_A_MOMENT)
            since += _MOMENT
        elif page:
            since = page[-1].changed_at
        left = self._forget(order.order_id for order in page)
        left = tuple(dict.fromkeys((*progress.left, *left)))
        return RetentionProgress(since, left, progress.repair), is_last

    def _forget(self, order_ids: Iterable[str]) -> tuple[str, ...]:
        """Forget the customers of these orders, and return those that are left."""
        return tuple(order_id for order_id in order_ids if self._is_left(order_id))

    def _is_left(self, order_id: str) -> bool:
        try:
            reason = forget_order(self.orders, self.repairs, self.telemetry, order_id)
        except OrderUnreadableError as error:
            reason = str(error)
        except (OrderMissingError, ConcurrentUpdateError):
            return False  # it was deleted by hand, or is written now
        if reason:
            self.telemetry.warning("order.customer_kept", order_id=order_id, reason=reason)
        return reason is not None
