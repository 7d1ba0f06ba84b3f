"""A stock store in whose work another request runs completely between two steps."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Hold, Reservation, ReservationState, StockItem
from gorder.stock.ports import Contended, Held, NotHeld, SettleAttempt, StockTransaction


class Interrupted:
    """A transaction that runs the next event after each of its reads."""

    def __init__(
        self,
        stock: StockTransaction,
        events: list[Callable[[], object] | None],
        locks: list[bool],
    ) -> None:
        self._stock = stock
        self._events = events
        self._locks = locks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock, name)

    def items(self, product_ids: Iterable[str], *, lock: bool = False) -> dict[str, StockItem]:
        self._locks.append(lock)
        found = self._stock.items(product_ids, lock=lock)
        self._interrupt()
        return found

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        found = self._stock.reservations(order_ids)
        self._interrupt()
        return found

    def _interrupt(self) -> None:
        if self._events and (event := self._events.pop()):
            event()


class InterruptedStore:
    """A store that runs an event once: after an attempt, or between the reads of a transaction."""

    def __init__(
        self,
        store: MysqlStockStore,
        event: Callable[[], object],
        *,
        attempts: int = 0,
        reads: int = 0,
    ) -> None:
        """Run the event after this number of attempts, or of reads."""
        self.locks: list[bool] = []
        """Whether each reading of units locked them."""
        self._store = store
        self._after_attempts = [event, *[None] * (attempts - 1)] if attempts else []
        self._after_reads = [event, *[None] * (reads - 1)] if reads else []

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        attempt = self._store.try_hold(holds, wait=wait)
        self._interrupt()
        return attempt

    def try_settle(
        self, order_id: str, state: ReservationState, overdue_at: datetime | None = None
    ) -> SettleAttempt:
        attempt = self._store.try_settle(order_id, state, overdue_at)
        self._interrupt()
        return attempt

    def run[T](self, work: Callable[[Any], T]) -> T:
        return self._store.run(
            lambda stock: work(Interrupted(stock, self._after_reads, self.locks))
        )

    def _interrupt(self) -> None:
        if self._after_attempts and (event := self._after_attempts.pop()):
            event()
