"""The queue when Redis changes under its kept connection. The answers are the server's own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from types import SimpleNamespace

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.stock.adapters import redis_queue
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.model import Hold
from gorder.stock.ports import Outcomes
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.product_queue import Served, new_hold, reserved

pytestmark = pytest.mark.servers

NOWHERE = ("127.0.0.1", 1)
DEFAULTS: dict[str, int | str] = {
    "maxmemory": 0,
    "min-replicas-to-write": 0,
    "replica-serve-stale-data": "yes",
}
CHANGES: dict[str, Callable[[Redis], object]] = {
    "READONLY": lambda redis: redis.replicaof(*NOWHERE),
    "MASTERDOWN": lambda redis: (
        redis.config_set("replica-serve-stale-data", "no"),
        redis.replicaof(*NOWHERE),
    ),
    "NOREPLICAS": lambda redis: redis.config_set("min-replicas-to-write", 1),
}


@pytest.fixture
def server(redis: Redis) -> Iterator[Redis]:
    """A server that a test may change."""
    yield redis
    restore(redis)


def restore(redis: Redis) -> None:
    redis.replicaof("NO", "ONE")
    for name, value in DEFAULTS.items():
        redis.config_set(name, value)


@pytest.mark.parametrize("answer", CHANGES)
def test_a_refused_command_is_an_unavailable_queue_and_the_connection_is_dropped(
    server: Redis,
    redis_url: str,
    telemetry: MemoryTelemetry,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(redis_queue, "time", SimpleNamespace(monotonic=lambda: now[0]))
    connections: list[Redis] = []

    def connect() -> Redis:
        connections.append(redis_client(redis_url))
        return connections[-1]

    with closing(RedisQueue(connect, telemetry)) as queue:
        queue.reserve("soup", [new_hold()], Served())
        CHANGES[answer](server)
        hold, serve = new_hold(), Served()
        assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
        assert serve.batches == [[hold]]
        assert telemetry.counts == {"StockQueueUnavailable": 1}

        restore(server)
        now[0] += 5
        before = len(connections)
        assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    assert len(connections) == before + 1
    assert telemetry.counts == {"StockQueueUnavailable": 1}


def test_a_full_server_serves_the_queue(
    server: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """The scripts begin by deleting, and Redis refuses none that has begun to write."""
    server.config_set("maxmemory", 1)
    hold = new_hold()
    with closing(RedisQueue(lambda: redis_client(redis_url), telemetry)) as queue:
        assert queue.reserve("soup", [hold], Served()) == [reserved(hold)]
    assert telemetry.counts == {}


def test_a_demoted_server_is_left_for_the_primary(
    server: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """The primary is reached by connecting again, as by the name of ElastiCache's primary."""

    def connect() -> Redis:
        server.replicaof("NO", "ONE")
        return redis_client(redis_url)

    with closing(RedisQueue(connect, telemetry)) as queue:
        queue.reserve("soup", [new_hold()], Served())
        server.replicaof(*NOWHERE)
        hold = new_hold()
        assert queue.reserve("soup", [hold], Served()) == [reserved(hold)]
    assert telemetry.counts == {}
    assert len(telemetry.timings["StockQueueWait"]) == 2


def test_a_server_that_is_demoted_while_leading_is_left_for_the_primary(
    server: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    def connect() -> Redis:
        server.replicaof("NO", "ONE")
        return redis_client(redis_url)

    def serve(holds: Sequence[Hold]) -> Outcomes:
        server.replicaof(*NOWHERE)
        return Served()(holds)

    with closing(RedisQueue(connect, telemetry)) as queue:
        hold = new_hold()
        assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    assert telemetry.counts == {}
