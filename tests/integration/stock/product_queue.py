"""The queue of one product on a real server, seen from outside, and requests that join it."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from redis import Redis

from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_messages import (
    decode_result,
    encode_holds,
    encode_result,
)
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.batch import Result
from gorder.stock.model import Hold, Price, Reservation, ReservedLine
from gorder.stock.ports import Outcomes, Reserve
from tests.fakes.telemetry import MemoryTelemetry

PATIENCE_SECONDS = 60
UNSERVED: Outcomes = ()
"""The result of a request that left the queue."""
_LONG_LEADERS = [f"busy-{number}" for number in range(redis_scripts.LEADERS)]


def new_hold(product_id: str = "soup") -> Hold:
    return Hold(uuid4().hex, {product_id: 1}, datetime.now(UTC) + timedelta(hours=1))


def reserved(hold: Hold) -> Reservation:
    """Return the reservation of a hold, without a database."""
    price = Price("price", 500, "eur")
    lines = [ReservedLine(p, f"Name of {p}", n, price) for p, n in hold.quantities.items()]
    return Reservation(hold.order_id, tuple(lines), hold.expires_at)


class Served:
    """Serves every hold, and keeps the batches in which they came."""

    def __init__(self) -> None:
        self.batches: list[list[Hold]] = []

    def __call__(self, holds: Sequence[Hold]) -> Outcomes:
        self.batches.append(list(holds))
        return [reserved(hold) for hold in holds]


class ProductQueue:
    """The keys of one product's queue."""

    def __init__(self, redis: Redis, product_id: str = "soup", leader_seconds: float = 60) -> None:
        self._redis: Any = redis  # redis-py types a reply as that of any command
        self._product_id = product_id
        self._key = f"gorder:{{stock:{product_id}}}"
        self._join = redis_scripts.join(int(leader_seconds * 1000))
        self._finish = redis_scripts.finish(int(leader_seconds * 1000))

    @property
    def waiting(self) -> int:
        """The number of entries that wait."""
        return int(self._redis.llen(f"{self._key}:waiting"))

    @property
    def leaders(self) -> int:
        """The number of places that are taken."""
        return int(self._redis.zcard(f"{self._key}:leaders"))

    @property
    def requests(self) -> int:
        """The number of requests that wait or are in a batch."""
        leaders = self._redis.zrange(f"{self._key}:leaders", 0, -1)
        batches = [f"{self._key}:served:{leader.decode()}" for leader in leaders]
        return self.waiting + sum(int(self._redis.scard(batch)) for batch in batches)

    def add(self, *holds: Hold) -> str:
        """Append the entry of a request whose process has ended; return its id."""
        request, entry = self._entry(*holds)
        self._redis.rpush(f"{self._key}:waiting", entry)
        return request

    def lead(self, *, taken: bool = True) -> str:
        """Take a place as a leader whose process has ended; return its request's id.

        `taken` says whether it ended after it had taken its batch, or while it waited.
        """
        request, entry = self._entry(new_hold(self._product_id))
        places = self.leaders + 1

        def joined() -> bool:  # the second leader may begin only after a while
            self._redis.eval(self._join, 1, self._key, entry)
            return self.leaders == places

        wait_until(joined, "the request did not become a leader")
        if taken:
            self._redis.lpop(f"{self._key}:answer:{request}")
        return request

    def occupy(self) -> None:
        """Take all places of leaders."""
        for _ in range(redis_scripts.LEADERS):
            self.lead()

    def take_all_places(self) -> None:
        """Take all places of leaders for as long as a test lasts."""
        seconds, _ = self._redis.time()
        until = (seconds + 4 * PATIENCE_SECONDS) * 1000
        self._redis.zadd(f"{self._key}:leaders", dict.fromkeys(_LONG_LEADERS, until))

    def pass_on(self) -> None:
        """End the work of these leaders. One of them passes the next batch on."""
        with self._redis.pipeline() as transaction:
            transaction.zrem(f"{self._key}:leaders", *_LONG_LEADERS)
            transaction.eval(self._finish, 1, self._key, _LONG_LEADERS[0])
            transaction.execute()

    def end(self, leader: str) -> None:
        """End the work of a leader, which answers no request."""
        self._redis.eval(self._finish, 1, self._key, leader)

    def sell_out(self, leader: str) -> None:
        """End the work of a leader that has found the product sold out."""
        self._redis.eval(self._finish, 1, self._key, leader, redis_scripts.SOLD_OUT)

    def wait_again(self, request: str, *holds: Hold) -> None:
        """Append the entry of a request again."""
        self._redis.rpush(f"{self._key}:waiting", request + encode_holds(holds))

    def answer(self, request: str) -> Result | None:
        """Take what a request has received, if anything."""
        text = self._redis.lpop(f"{self._key}:answer:{request}")
        return decode_result(text.decode()) if text else None

    def has_sold_out(self, request: str) -> bool:
        """Return whether a request has received that the product is sold out."""
        received = self._redis.lindex(f"{self._key}:answer:{request}", 0)
        return bool(received == redis_scripts.SOLD_OUT.encode())

    def answered(self, result: Result) -> str:
        """Answer a request that has not joined yet; return its id."""
        request, _ = self._entry()
        self._redis.rpush(f"{self._key}:answer:{request}", encode_result(result))
        return request

    def finish(self, result: Result) -> None:
        """Answer the first request that waits, as one of the leaders."""
        entry = self._redis.lpop(f"{self._key}:waiting")
        assert entry, "no request waits"
        request = entry.decode()[: redis_scripts.ID_LENGTH]
        [leader, *_] = self._redis.zrange(f"{self._key}:leaders", 0, -1)
        self._redis.eval(self._finish, 1, self._key, leader, "", request, encode_result(result))

    def _entry(self, *holds: Hold) -> tuple[str, str]:
        request = uuid4().hex[: redis_scripts.ID_LENGTH]
        return request, request + encode_holds(holds)


class Request(threading.Thread):
    """A request in a thread, with a queue of its own."""

    def __init__(self, queue: RedisQueue, holds: Sequence[Hold], serve: Reserve) -> None:
        super().__init__(daemon=True)
        self._queue = queue
        self._holds = holds
        self._serve = serve
        self._result: Result | None = None
        self.start()

    def run(self) -> None:
        [product_id] = {product_id for hold in self._holds for product_id in hold.quantities}
        try:
            outcomes = self._queue.reserve(product_id, self._holds, self._serve)
            self._result = UNSERVED if outcomes is None else outcomes
        except Exception as error:  # noqa: BLE001 - it is the result
            self._result = error
        finally:
            self._queue.close()

    def result(self) -> Result:
        """Wait for the outcomes or the error."""
        self.join(PATIENCE_SECONDS)
        assert self._result is not None, "the request did not end"
        return self._result


def new_queue(
    url: str,
    telemetry: MemoryTelemetry,
    leader_seconds: float = 60,
    budget_seconds: float = 60,
    too_late: Callable[[], object] = lambda: False,
) -> RedisQueue:
    """Return a queue that waits for a slow server. Close it."""
    return RedisQueue(
        lambda: Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, max_connections=1),
        telemetry,
        leader_seconds=leader_seconds,
        budget_seconds=budget_seconds,
        too_late=too_late,
    )


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait for a condition, and fail if a loaded machine would have met it long ago."""
    deadline = time.monotonic() + 4 * PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.005)
