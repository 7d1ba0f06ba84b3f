"""A process of a buyer: the real handler and queue, on the virtual servers."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from greenlet import GreenletExit

from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from tests.simulation.costs import Costs
from tests.simulation.faults import Fault
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.virtual_database import VirtualDatabase
from tests.simulation.virtual_redis import VirtualConnection, VirtualRedis, VirtualRedisClient
from tests.simulation.virtual_store import VirtualStockStore

if TYPE_CHECKING:
    from redis import Redis

    from gorder.contracts.telemetry import Telemetry
    from gorder.stock.ports import StockStore

PAUSE_SECONDS: Final = 2.5
"""More than a leader's time to live."""


class VirtualProcess:
    """Serves one request at a time. It can be killed or paused where it meets a server."""

    def __init__(
        self,
        scheduler: Scheduler,
        costs: Costs,
        rates: Mapping[Fault, float],
        suffered: Counter[Fault],
        redis: VirtualRedis,
        database: VirtualDatabase,
        telemetry: "Telemetry",
    ) -> None:
        self.scheduler = scheduler
        self.costs = costs
        self.rates = rates
        self.suffered = suffered
        self.connections: list[VirtualConnection] = []
        self.paused_seconds = 0.0
        self.task: Task | None = None
        self.on_death: Callable[[], object] = lambda: None
        self._redis = redis
        self.queue = RedisQueue(self.connect_redis, telemetry)
        store = cast("StockStore", VirtualStockStore(self, database))
        self.reserve = ReserveStockHandler(store=store, queue=self.queue)

    def connect_redis(self) -> "Redis":
        """Return a client in place of `Redis`: `RedisConnection` uses what it has."""
        return cast("Redis", VirtualRedisClient(self, self._redis))

    @property
    def is_dead(self) -> bool:
        return self.task is not None and self.task.killed

    def suffers(self, fault: Fault) -> bool:
        """Decide whether a fault happens here and now."""
        rate = self.rates.get(fault, 0)
        happens = rate > 0 and self.scheduler.random.random() < rate
        self.suffered[fault] += happens
        return happens

    def travel(self, step: Callable[[], object]) -> None:
        """Run a step when a message has gone one way between the process and a server."""
        self.scheduler.after(self._one_way(), step)

    def sleep_one_way(self) -> None:
        self.scheduler.sleep(self._one_way())

    def may_die(self, fault: Fault) -> None:
        """Kill the process here if the fault happens."""
        if self.suffers(fault):
            self.die()

    def may_pause(self, fault: Fault) -> None:
        """Pause the process here if the fault happens."""
        if self.suffers(fault):
            self.paused_seconds += PAUSE_SECONDS
            self.scheduler.sleep(PAUSE_SECONDS)

    def before_redis(self, commands: Sequence[tuple[bytes, ...]]) -> None:
        """Fail before commands are sent to Redis, or while the process waits for their reply."""
        if self.is_dead:
            raise GreenletExit
        if len(commands) == 1 and commands[0][1] != redis_scripts.LEAVE.encode():
            self.may_pause(Fault.LEADER_PAUSED_BEFORE_ANSWERS)
            self.may_die(Fault.LEADER_KILLED_BEFORE_ANSWERS)
            self._may_die_soon(Fault.LEADER_KILLED_AFTER_ANSWERS, closes=True)
        else:
            self._may_die_soon(Fault.WAITER_KILLED, closes=True)
            self._may_die_soon(Fault.WAITER_VANISHED, closes=False)

    def die(self, *, closes: bool = True) -> None:
        """End the process. The kernel closes its connections, unless the machine is gone too."""
        task = self.task
        if task is None or task.killed or task.dead:
            return
        for connection in self.connections if closes else ():
            connection.close()
        self.on_death()
        self.scheduler.kill(task)

    def _may_die_soon(self, fault: Fault, *, closes: bool) -> None:
        if self.suffers(fault):
            seconds = self.scheduler.random.uniform(0, 10 * self.costs.round_trip)
            self.scheduler.after(seconds, lambda: self.die(closes=closes))

    def _one_way(self) -> float:
        jitter = self.scheduler.random.uniform(-self.costs.jitter, self.costs.jitter)
        return self.costs.round_trip / 2 * (1 + jitter)
