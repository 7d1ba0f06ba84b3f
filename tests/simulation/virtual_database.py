"""A stock database in virtual time: what is committed, and locks of rows."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from gorder.stock.model import Product
from tests.fakes.stock import LostRaceInMemoryError, MemoryTransaction
from tests.simulation.costs import Costs
from tests.simulation.scheduler import Scheduler, Task

LOCK_WAIT_SECONDS: Final = 1.0
"""As in template.yaml."""


@dataclass(slots=True)
class RowLock:
    """An exclusive lock. Those who wait get it in the sequence in which they came."""

    owner: Task | None = None
    waiting: deque[Task] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Commit:
    """The orders that one transaction has reserved.

    `direct`: by an attempt that did not wait for locks.
    """

    at: float
    order_ids: tuple[str, ...]
    direct: bool


class VirtualDatabase:
    """The committed stock, the row locks, and what was done."""

    def __init__(self, scheduler: Scheduler, costs: Costs) -> None:
        self.scheduler = scheduler
        self.costs = costs
        self.kept = MemoryTransaction()
        self.commits: list[Commit] = []
        self.round_trips = 0
        self.down = False
        self.restarts = 0
        self._locks: dict[tuple[str, str], RowLock] = {}

    def stock(self, product: Product, units: int) -> None:
        """Add a product with units, under a receipt of its own."""
        self.kept.save_products([product])
        self.kept.receive(f"receipt {product.product_id}", product.product_id, units)

    def stop(self) -> None:
        """Roll back all transactions, and accept no calls."""
        self.down = True
        self.restarts += 1

    def start(self) -> None:
        self.down = False

    def lock(self, key: tuple[str, str], *, wait: bool = True) -> bool:
        """Lock a row for the current task. Returns False if that would need a wait.

        Raises:
            LostRaceInMemoryError: it waited too long.
        """
        task = self.scheduler.current()
        lock = self._locks.setdefault(key, RowLock())
        if lock.owner is task:
            return True
        if lock.owner is None:
            lock.owner = task
            return True
        if not wait:
            return False
        if not self.scheduler.wait(lock.waiting, LOCK_WAIT_SECONDS):
            raise LostRaceInMemoryError
        return True

    def unlock(self, key: tuple[str, str], task: Task) -> None:
        """Give the lock to the next task if this one has it."""
        lock = self._locks.get(key)
        if lock is not None and lock.owner is task:
            lock.owner = self.scheduler.wake(lock.waiting)
            if lock.owner is None:
                del self._locks[key]
