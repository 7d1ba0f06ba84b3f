"""Joins the requests for one product in batches, in Redis or Valkey.

A request waits in the queue of its product until it receives its answer, or a batch of the queue to
lead. A leader serves all requests of its batch at once, answers them, and passes the next batch to
the first request in it. A request that joins while a place is free leads at once; its own entry may
be in a later batch. So requests do not poll for a lock, and one transaction serves many.

A leader that ends without an answer loses its place, and its requests join the queue again.

A leader that finds the product sold out empties the queue, because a refusal locks nothing. It does
not refuse the requests in it: one may repeat an order that is already held.
"""

import math
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from gorder.contracts.telemetry import Telemetry
from gorder.errors import TransientError
from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_connection import RedisConnection
from gorder.stock.adapters.redis_messages import (
    decode_entry,
    decode_result,
    encode_holds,
    encode_result,
)
from gorder.stock.adapters.redis_scripts import BATCH, ID_LENGTH, SOLD_OUT
from gorder.stock.batch import Result, outcomes_of, serve_batch
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import Outcomes, QueueTimeoutError, Reserve
from gorder.stock.refusals import InsufficientStockRefusal

_LOOK_SECONDS: Final = 0.25  # below the client's timeout for an answer
_UNAVAILABLE_SECONDS: Final = 5.0
_CONTENDED_SECONDS: Final = 1.0


class RedisQueue:
    """Implements `ReservationQueue`: a round trip joins and waits, and one ends a batch.

    If Redis fails, requests are served alone, and Redis is not tried again for 5 seconds.
    """

    def __init__(
        self,
        connect: Callable[[], Redis],
        telemetry: Telemetry,
        *,
        leader_seconds: float = 2.0,
        budget_seconds: float = 5.0,
        idle_seconds: float = math.inf,
        too_late: Callable[[], object] = lambda: False,
    ) -> None:
        """Initialize the queue without connecting. It reconnects when the password has changed.

        Args:
            connect: makes a client with short timeouts and the current credentials.
            telemetry: records waits and batches; counts what went wrong.
            leader_seconds: after this time a leader loses its place, in case it has died.
            budget_seconds: how long a request waits. Longer than `leader_seconds`, so that a dead
                leader causes a wait and not a failure.
            idle_seconds: a connection that was not used for longer is replaced.
            too_late: whether there is no time left to lead a batch. The request then gives up.
        """
        self._redis = RedisConnection(connect, idle_seconds=idle_seconds)
        self._telemetry = telemetry
        self._leader_ms = int(leader_seconds * 1000)
        self._join = redis_scripts.join(self._leader_ms)
        self._finish = redis_scripts.finish(self._leader_ms)
        self._budget_seconds = budget_seconds
        self._too_late = too_late
        self._unavailable_until = 0.0
        self._contended_until: dict[str, float] = {}

    def contended_product(self, product_ids: Iterable[str]) -> str | None:
        """Return the first of the products that was contended in the last second."""
        now = time.monotonic()
        return min((p for p in product_ids if self._contended_until.get(p, 0) > now), default=None)

    def reserve(self, product_id: str, holds: Sequence[Hold], serve: Reserve) -> Outcomes | None:
        """Serve the holds in a batch of the product's queue. Errors of `serve` pass unchanged.

        Returns None if a batch found the product sold out meanwhile.

        Raises:
            QueueTimeoutError: they were not served within the time budget.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        if time.monotonic() < self._unavailable_until:
            return self._reserve_alone(holds, serve)
        started = time.monotonic()
        if self.contended_product([product_id]) is None:  # another request was met just now
            self._contended_until[product_id] = started + _CONTENDED_SECONDS
        entry = secrets.token_hex(ID_LENGTH // 2) + encode_holds(holds)
        own = entry[:ID_LENGTH]
        try:
            for text in self._received(product_id, entry):
                if text == SOLD_OUT:
                    self._contended_until.pop(product_id, None)
                    if self._too_late():
                        break
                    self._record_wait(started)
                    return None
                results = self._answered(product_id, own, text, serve)
                if own in results:
                    self._record_wait(started)
                    shared = len(results) > 1 or not text.startswith(BATCH)
                    self._learn(product_id, results[own], shared=shared)
                    return outcomes_of(results[own])
        except RedisError as error:
            self._unavailable_until = time.monotonic() + _UNAVAILABLE_SECONDS
            self._telemetry.warning("stock.queue_unavailable", error=str(error))
            return self._reserve_alone(holds, serve)
        raise QueueTimeoutError(
            f"product {product_id} was too busy to serve the request within "
            f"{self._budget_seconds} s or before the function's deadline; repeat the request"
        )

    def close(self) -> None:
        """Close the connection. The next call opens a new one."""
        self._redis.close()

    def _record_wait(self, started: float) -> None:
        waited = timedelta(seconds=time.monotonic() - started)
        self._telemetry.timing("StockQueueWait", waited)

    def _learn(self, product_id: str, result: Result, *, shared: bool) -> None:
        """Remember a product at which requests meet, and forget one that is sold out.

        A refusal locks nothing, so requests that are refused do not meet.
        """
        if isinstance(result, Exception) or not any(isinstance(o, Reservation) for o in result):
            self._contended_until.pop(product_id, None)
        elif shared:
            self._contended_until[product_id] = time.monotonic() + _CONTENDED_SECONDS

    def _reserve_alone(self, holds: Sequence[Hold], serve: Reserve) -> Outcomes:
        self._telemetry.count("StockQueueUnavailable")
        return serve(holds)

    def _received(self, product_id: str, entry: str) -> Iterator[str]:
        """Join the queue and yield what is received, until there is no time left."""
        key = _key(product_id)
        join = ("EVAL", self._join, 1, key, entry)
        wait = ("BLPOP", f"{key}:answer:{entry[:ID_LENGTH]}", _LOOK_SECONDS)
        deadline = time.monotonic() + self._budget_seconds
        if self._too_late():
            return
        [popped] = self._redis.send_quietly(join, wait)
        while True:
            if popped:
                yield popped[1].decode()
            if time.monotonic() >= deadline or self._too_late():
                break
            _, popped = self._redis.send(join, wait)  # with the error of `join`, if it has one
        [last] = self._redis.send(("EVAL", redis_scripts.LEAVE, 1, key, entry))
        if last:
            yield last.decode()

    def _answered(self, product_id: str, own: str, text: str, serve: Reserve) -> dict[str, Result]:
        """Return the answer, or serve the batch and return all of its results."""
        if not text.startswith(BATCH):
            return {own: decode_result(text)}
        results: dict[str, Result] = {}
        batch: dict[str, Sequence[Hold]] = {}
        for request, holds in map(decode_entry, text.split("\n")[1:]):
            if isinstance(holds, Exception):
                results[request] = holds
            else:
                batch[request] = holds
        self._telemetry.gauge("StockBatchSize", len(batch))
        try:
            results |= serve_batch(batch, serve) if batch else {}
        finally:
            self._answer(product_id, own, results)
        return results

    def _for_others(self, own: str, results: dict[str, Result]) -> dict[str, Result]:
        """Return the results without the leader's own.

        If they failed because the leader's time was up, the others join again.
        """
        if self._too_late() and any(isinstance(r, TransientError) for r in results.values()):
            return {}
        return {request: result for request, result in results.items() if request != own}

    def _answer(self, product_id: str, leader: str, results: dict[str, Result]) -> None:
        """Answer the others of a batch, and pass the next one on or empty the queue.

        Raises nothing.
        """
        others = self._for_others(leader, results)
        answers = [text for i, result in others.items() for text in (i, encode_result(result))]
        sold_out = SOLD_OUT if _is_sold_out(product_id, results.values()) else ""
        key = _key(product_id)
        try:
            [led] = self._redis.send(("EVAL", self._finish, 1, key, leader, sold_out, *answers))
        except RedisError as error:
            self._telemetry.count("StockAnswersLost")
            self._telemetry.warning("stock.answers_lost", error=str(error))
            return
        if not led:
            self._telemetry.count("StockLeaderLost")
            self._telemetry.warning("stock.leader_lost", leader_ms=self._leader_ms)


def _key(product_id: str) -> str:
    return f"gorder:{{stock:{product_id}}}"


def _is_sold_out(product_id: str, results: Iterable[Result]) -> bool:
    """Return whether a batch has found no available unit of the product."""
    return any(
        short.product_id == product_id and short.available == 0
        for result in results
        if not isinstance(result, Exception)
        for outcome in result
        if isinstance(outcome, InsufficientStockRefusal)
        for short in outcome.shortfalls
    )
