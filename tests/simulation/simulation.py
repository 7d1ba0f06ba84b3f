"""A simulation: virtual servers, and buyers who reserve stock with the real code."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from unittest.mock import patch

from greenlet import GreenletExit

from gorder.errors import TransientError
from gorder.stock.adapters import redis_queue
from gorder.stock.commands.reserve_stock import ReserveStock
from gorder.stock.model import Hold
from gorder.stock.reservation_plan import ReserveOutcome
from tests.fakes.clock import NOON
from tests.fakes.products import product
from tests.fakes.telemetry import MemoryTelemetry
from tests.simulation.costs import Costs
from tests.simulation.faults import Fault
from tests.simulation.process import VirtualProcess
from tests.simulation.scheduler import Scheduler
from tests.simulation.virtual_database import VirtualDatabase
from tests.simulation.virtual_redis import VirtualRedis


@dataclass(frozen=True, slots=True)
class Purchase:
    """One request of a buyer, and its answer or error, unless its process was killed."""

    order_id: str
    quantities: Mapping[str, int]
    started: float
    ended: float | None = None
    paused: float = 0
    outcome: ReserveOutcome | None = None
    error: TransientError | None = None
    killed: bool = False

    @property
    def seconds(self) -> float:
        """The time until the answer, without pauses of the process."""
        assert self.ended is not None
        return self.ended - self.started - self.paused


class Simulation:
    """The servers, and the purchases so far."""

    def __init__(self, seed: int, rates: Mapping[Fault, float] | None = None) -> None:
        self.costs = Costs()
        self.rates = dict(rates or {})
        self.suffered: Counter[Fault] = Counter()
        self.scheduler = Scheduler(seed)
        self.redis = VirtualRedis(self.scheduler, self.costs)
        self.database = VirtualDatabase(self.scheduler, self.costs)
        self.telemetry = MemoryTelemetry()
        self.purchases: list[Purchase] = []
        self.processes: list[VirtualProcess] = []
        self._orders = 0

    def stock(self, units: int, *product_ids: str) -> None:
        for product_id in product_ids:
            self.database.stock(product(product_id), units)

    def process(self) -> VirtualProcess:
        process = VirtualProcess(
            self.scheduler,
            self.costs,
            self.rates,
            self.suffered,
            self.redis,
            self.database,
            self.telemetry,
        )
        self.processes.append(process)
        return process

    def order(self, *product_ids: str) -> Hold:
        """Return a hold of one unit of each product for a new order."""
        self._orders += 1
        quantities = dict.fromkeys(product_ids, 1)
        return Hold(f"order-{self._orders:06}", quantities, NOON + timedelta(minutes=30))

    def buy(self, process: VirtualProcess, hold: Hold) -> Purchase:
        """Reserve for one order, in the current task."""
        at = len(self.purchases)
        self.purchases.append(begun := Purchase(hold.order_id, hold.quantities, self.scheduler.now))
        paused = process.paused_seconds
        outcome, error = None, None
        try:
            [outcome] = process.reserve(ReserveStock([hold]))
        except TransientError as caught:
            error = caught
        except GreenletExit:
            self.purchases[at] = replace(begun, killed=True)
            raise
        self.purchases[at] = replace(
            begun,
            ended=self.scheduler.now,
            paused=process.paused_seconds - paused,
            outcome=outcome,
            error=error,
        )
        return self.purchases[at]

    def customer(self, holds: deque[Hold], delay: float = 0) -> None:
        """Start a process that reserves these orders, each up to three times.

        If it is killed, another one continues with the same order.
        """
        process = self.process()

        def work() -> None:
            while holds:
                for _ in range(3):
                    if self.buy(process, holds[0]).error is None:
                        break
                holds.popleft()

        process.on_death = lambda: self.customer(holds, 0.05)
        process.task = self.scheduler.spawn(work, delay)

    def buyers(self, count: int, until: float, *product_ids: str) -> None:
        """Start buyers who buy one order after the other until a time."""

        def work(process: VirtualProcess) -> None:
            while self.scheduler.now < until:
                self.buy(process, self.order(*product_ids))

        for _ in range(count):
            process = self.process()
            delay = self.scheduler.random.uniform(0, 0.01)
            process.task = self.scheduler.spawn(partial(work, process), delay)


@contextmanager
def simulation(seed: int, rates: Mapping[Fault, float] | None = None) -> Iterator[Simulation]:
    """Yield a simulation whose clock and random numbers the queue uses."""
    running = Simulation(seed, rates)
    scheduler = running.scheduler
    clock = SimpleNamespace(monotonic=lambda: scheduler.now)
    tokens = SimpleNamespace(token_hex=lambda n: scheduler.random.randbytes(n).hex())
    with patch.object(redis_queue, "time", clock), patch.object(redis_queue, "secrets", tokens):
        yield running
