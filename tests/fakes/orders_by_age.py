"""Orders by the time of their last write, in memory."""

from collections.abc import Collection
from datetime import datetime

from gorder.order.model import Order
from gorder.order.retention import RetentionProgress, UnchangedOrder
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.orders import MemoryOrders


class MemoryOrdersByAge:
    """Implements `OrdersByAge`. The last write of an order is its last status.

    `changed_at` has other times, by order.
    """

    def __init__(self, orders: MemoryOrders) -> None:
        self.orders = orders
        self.changed_at: dict[str, datetime] = {}
        self.kept = RetentionProgress()

    def unchanged(
        self, since: datetime | None, before: datetime, limit: int
    ) -> list[UnchangedOrder]:
        with self.orders.faults.call("by_age.unchanged", OrderStoreUnavailableError):
            times = sorted((self._changed_at(o), o.order_id) for o in self.orders.stored.values())
            found = [UnchangedOrder(order_id, at) for at, order_id in times if at < before]
            return [each for each in found if since is None or each.changed_at >= since][:limit]

    def unchanged_among(self, order_ids: Collection[str], before: datetime) -> list[str]:
        stored = self.orders.stored
        return [o for o in order_ids if o in stored and self._changed_at(stored[o]) < before]

    def progress(self) -> RetentionProgress:
        return self.kept

    def keep_progress(self, reached: RetentionProgress) -> None:
        with self.orders.faults.call("by_age.keep_progress", OrderStoreUnavailableError):
            self.kept = reached

    def _changed_at(self, order: Order) -> datetime:
        return self.changed_at.get(order.order_id, order.history[-1].at)
