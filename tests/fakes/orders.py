"""The order store in memory."""

from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from gorder.order.model import Order
from gorder.order.outbox_events import outbox_events
from gorder.order.ports import OrderMissingError, OrderStoreUnavailableError
from gorder.order.status import Status
from gorder.order.watch import watch_at
from tests.fakes.faults import Faults


class MemoryOrders:
    """An `OrderRepository` that any number of threads may use."""

    def __init__(self, *orders: Order, faults: Faults | None = None) -> None:
        self.stored = {order.order_id: order for order in orders}
        self.faults = faults or Faults()
        self._lock = Lock()

    def add(self, order: Order) -> bool:
        with self.faults.call("orders.add", OrderStoreUnavailableError), self._lock:
            return self.stored.setdefault(order.order_id, order) is order

    def get(self, order_id: str) -> Order:
        with self.faults.call("orders.get", OrderStoreUnavailableError):
            if order_id not in self.stored:
                raise OrderMissingError(order_id)
            return self.stored[order_id]

    def replace(self, before: Order, after: Order) -> bool:
        with self.faults.call("orders.replace", OrderStoreUnavailableError), self._lock:
            stored = self.stored.get(before.order_id)
            if stored is None or _revision(stored) != _revision(before):
                return False
            self.stored[before.order_id] = after
            return True

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.undelivered", OrderStoreUnavailableError):
            known = [o for o in self.stored.values() if isinstance(o.status, Status)]
            left = [o for o in known if outbox_events(o) and _oldest(o) < before]
            return [order.order_id for order in sorted(left, key=_oldest)[:limit]]

    def overdue(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.overdue", OrderStoreUnavailableError):
            late = [o for o in self.stored.values() if o.is_open and _pay_until(o) < before]
            return [order.order_id for order in sorted(late, key=_pay_until)[:limit]]

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.unfinished", OrderStoreUnavailableError):
            known = [o for o in self.stored.values() if isinstance(o.status, Status)]
            watched = [(at, o.order_id) for o in known if (at := watch_at(o)) and at < before]
            return [order_id for _, order_id in sorted(watched)[:limit]]

    def payment_keys(self, order_ids: Iterable[str]) -> dict[str, set[str]]:
        with self.faults.call("orders.payment_keys", OrderStoreUnavailableError):
            found = [self.stored[each] for each in order_ids if each in self.stored]
            return {order.order_id: {p.key for p in order.payments} for order in found}

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        with self.faults.call("orders.acknowledge", OrderStoreUnavailableError), self._lock:
            if order_id in self.stored:
                self.stored[order_id] = self.stored[order_id].delivered(event_ids)


def _oldest(order: Order) -> datetime:
    return min(event.occurred_at for event in outbox_events(order))


def _pay_until(order: Order) -> datetime:
    return order.checkout.expires_at


def _revision(order: Order) -> tuple[str, int]:
    return order.status.value, order.version
