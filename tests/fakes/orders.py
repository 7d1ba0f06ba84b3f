"""The order store in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from gorder.order.errors import OrderNotListed, OrderUnreadableError, UnknownPayment
from gorder.order.model import Order
from gorder.order.numbers import number_of
from gorder.order.outbox_events import outbox_events
from gorder.order.payments import KeptPayment, Payment, UnmatchedPayment, UnreadablePayment
from gorder.order.postponement import Postponement
from gorder.order.records import OrderFilter, OrderRecord
from gorder.order.sales import money_days
from gorder.order.status import Status
from gorder.order.store_errors import (
    OrderMissingError,
    OrderStoreError,
    OrderStoreUnavailableError,
    OrderStoreUnreachableError,
)
from gorder.order.watch import watch_at
from tests.fakes.faults import Faults


class MemoryOrders:
    """An `OrderRepository` that any number of threads may use."""

    def __init__(self, *orders: Order, faults: Faults | None = None) -> None:
        self.stored = {order.order_id: order for order in orders}
        self.unmatched: dict[str, tuple[str, Payment, datetime]] = {}
        self.kept: dict[str, tuple[KeptPayment, ...]] = {}
        self.faults = faults or Faults()
        self.reachable = True  # for `add`
        self.unreadable: set[str] = set()
        self.unreadable_payments: set[str] = set()
        self.postponed: dict[str, Postponement] = {}
        self.drawn = 0  # numbers
        self.counter_is_damaged = False
        self._lock = Lock()

    def add(self, order: Order) -> bool:
        with self.faults.call("orders.add", OrderStoreUnavailableError), self._lock:
            if not self.reachable:
                raise OrderStoreUnreachableError("the order database cannot be reached")
            return self.stored.setdefault(order.order_id, order) is order

    def get(self, order_id: str) -> Order:
        with self.faults.call("orders.get", OrderStoreUnavailableError):
            if order_id not in self.stored:
                raise OrderMissingError(order_id)
            if order_id in self.unreadable:
                raise OrderUnreadableError(order_id, "customer_id: missing")
            return self.stored[order_id]

    def replace(self, before: Order, after: Order, *, is_dated: bool = True) -> bool:  # noqa: ARG002 - no time is kept
        with self.faults.call("orders.replace", OrderStoreUnavailableError), self._lock:
            stored = self.stored.get(before.order_id)
            if stored is None or _revision(stored) != _revision(before):
                return False
            self.stored[before.order_id] = after
            return True

    def next_number(self) -> int:
        with self.faults.call("orders.next_number", OrderStoreUnavailableError), self._lock:
            if self.counter_is_damaged:
                raise OrderStoreError("the counter of orders is damaged")
            self.drawn += 1
            return number_of(self.drawn)

    def undelivered(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.undelivered", OrderStoreUnavailableError):
            left = {o: _oldest(o) for o in self._known() if outbox_events(o)}
            return self._first(left, before, limit)

    def overdue(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.overdue", OrderStoreUnavailableError):
            late = {o: o.checkout.expires_at for o in self._known() if o.is_open}
            return self._first(late, before, limit)

    def unfinished(self, before: datetime, limit: int) -> list[str]:
        with self.faults.call("orders.unfinished", OrderStoreUnavailableError):
            watched = {o: at for o in self._known() if (at := watch_at(o))}
            return self._first(watched, before, limit)

    def oldest_undelivered(self, before: datetime) -> datetime | None:
        with self.faults.call("orders.oldest_undelivered", OrderStoreUnavailableError):
            times = [_oldest(order) for order in self._known() if outbox_events(order)]
            return min((at for at in times if at < before), default=None)

    def postpone(self, order_id: str, at: datetime) -> None:
        with self.faults.call("orders.postpone", OrderStoreUnavailableError):
            earlier = self.postponed.get(order_id)
            self.postponed[order_id] = Postponement.after(earlier, at)

    def postponement(self, order_id: str) -> Postponement | None:
        with self.faults.call("orders.postponement", OrderStoreUnavailableError):
            return self.postponed.get(order_id)

    def list_placed(
        self,
        wanted: OrderFilter,
        limit: int,
        after: str | None = None,
        *,
        oldest_first: bool = False,
    ) -> list[OrderRecord]:
        with self.faults.call("orders.list_placed", OrderStoreUnavailableError):
            return self._listed(self.stored, wanted, limit, after, oldest_first=oldest_first)

    def list_stuck(
        self, wanted: OrderFilter, at: datetime, limit: int, after: str | None = None
    ) -> list[OrderRecord]:
        with self.faults.call("orders.list_stuck", OrderStoreUnavailableError):
            stuck = [each for each in self.stored if self._is_stuck(each, at)]
            return self._listed(stuck, wanted, limit, after)

    def list_money_day(self, day: str, limit: int, after: str | None = None) -> list[OrderRecord]:
        with self.faults.call("orders.list_money_day", OrderStoreUnavailableError):
            found = sorted(each for each, o in self.stored.items() if day in money_days(o))
            return [self._record(each) for each in found if after is None or each > after][:limit]

    def _is_stuck(self, order_id: str, at: datetime) -> bool:
        readable = replace(self._record(order_id), order=self.stored[order_id], unreadable=None)
        return readable.stuck_reason(at) is not None

    def _listed(
        self,
        order_ids: Iterable[str],
        wanted: OrderFilter,
        limit: int,
        after: str | None,
        *,
        oldest_first: bool = False,
    ) -> list[OrderRecord]:
        places = {each: (self.stored[each].placed_at, each) for each in self.stored}
        if after is not None and after not in places:
            raise OrderNotListed(after)
        listed = sorted(
            (each for each in order_ids if _is_wanted(self.stored[each], wanted)),
            key=places.__getitem__,
            reverse=not oldest_first,
        )
        if after is not None:
            listed = [o for o in listed if (places[o] > places[after]) is oldest_first]
            listed = [each for each in listed if each != after]
        return [self._record(each) for each in listed[:limit]]

    def _record(self, order_id: str) -> OrderRecord:
        order = self.stored[order_id]
        unreadable = order_id in self.unreadable
        return OrderRecord(
            order_id=order_id,
            placed_at=order.placed_at,
            customer_id=None if unreadable else order.customer_id,
            order=None if unreadable else order,
            unreadable="customer_id: missing" if unreadable else None,
            watch_at=watch_at(order),
            postponed=self.postponed.get(order_id),
        )

    def _known(self) -> list[Order]:
        return [o for o in self.stored.values() if isinstance(o.status, Status)]

    def _first(self, times: dict[Order, datetime], before: datetime, limit: int) -> list[str]:
        """Return the ids of orders with an earlier time, by that time."""
        listed = [
            (at, order.order_id)
            for order, at in times.items()
            if at < before and not self._is_postponed(order.order_id, before)
        ]
        return [order_id for _, order_id in sorted(listed)[:limit]]

    def _is_postponed(self, order_id: str, at: datetime) -> bool:
        return order_id in self.postponed and self.postponed[order_id].until >= at

    def keep_unmatched(
        self, order_id: str, payment: Payment, at: datetime, kept: KeptPayment | None = None
    ) -> None:
        with self.faults.call("orders.keep_unmatched", OrderStoreUnavailableError):
            if kept and payment.key in self.unreadable_payments:
                self.unreadable_payments.remove(payment.key)
                del self.unmatched[payment.key]
            found_at = self.unmatched.get(payment.key, (order_id, payment, at))[2]
            self.unmatched[payment.key] = (order_id, payment, found_at)
            before = self.kept.get(payment.key, ())
            if kept and kept not in before:
                self.kept[payment.key] = (*before, kept)

    def unmatched_payments(
        self, limit: int, after: str | None
    ) -> list[UnmatchedPayment | UnreadablePayment]:
        with self.faults.call("orders.unmatched_payments", OrderStoreUnavailableError):
            if after is not None and after not in self.unmatched:
                raise UnknownPayment(after)
            found = [(at, key) for key, (_, _, at) in self.unmatched.items()]
            end = (self.unmatched[after][2], after) if after is not None else None
            earlier = sorted((e for e in found if end is None or e < end), reverse=True)
            return [self._unmatched(key) for _, key in earlier[:limit]]

    def _unmatched(self, key: str) -> UnmatchedPayment | UnreadablePayment:
        if key in self.unreadable_payments:
            return UnreadablePayment(key, "found_at: must be a valid datetime")
        return UnmatchedPayment(*self.unmatched[key], self.kept.get(key, ()))

    def payment_keys(self, order_ids: Iterable[str]) -> dict[str, set[str]]:
        with self.faults.call("orders.payment_keys", OrderStoreUnavailableError):
            found = [self.stored[each] for each in order_ids if each in self.stored]
            return {order.order_id: {p.key for p in order.payments} for order in found}

    def acknowledge(self, order_id: str, event_ids: Iterable[str]) -> None:
        with self.faults.call("orders.acknowledge", OrderStoreUnavailableError), self._lock:
            if order_id in self.stored:
                self.stored[order_id] = self.stored[order_id].delivered(event_ids)


def _is_wanted(order: Order, wanted: OrderFilter) -> bool:
    return (
        (not wanted.statuses or order.status in wanted.statuses)
        and (wanted.customer_id is None or order.customer_id == wanted.customer_id)
        and (wanted.placed_from is None or order.placed_at >= wanted.placed_from)
        and (wanted.placed_until is None or order.placed_at < wanted.placed_until)
    )


def _oldest(order: Order) -> datetime:
    return min(event.occurred_at for event in outbox_events(order))


def _revision(order: Order) -> tuple[str, int]:
    return order.status.value, order.version
