"""The Redis of the simulation gives the replies and has the keys of a real server.

A real server's clock cannot be set. So after each step the test waits until every leader may be
joined by a second one, or until every leader has lost its place. By then a leader that has not
taken its batch counts as dead.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Protocol, cast

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_connection import RedisConnection
from tests.simulation.simulation import simulation

type Command = tuple[str | int | float, ...]
type Commands = tuple[Command, ...]
type Replies = list[Any]
type Keys = dict[bytes, tuple[object, bool]]

pytestmark = pytest.mark.servers

REST_SECONDS = 1.1 * redis_scripts.TAKE_MS / 1000


class SteppedRedis(Protocol):
    """A server that executes commands some time after each other."""

    def send(self, commands: Commands, *, quietly: bool) -> Replies: ...
    def rest(self, seconds: float) -> None: ...
    def keys(self) -> Keys: ...


class RealRedis:
    """A server on loopback."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._connection = RedisConnection(lambda: redis_client(url))

    def send(self, commands: Commands, *, quietly: bool) -> Replies:
        connection = self._connection
        return (connection.send_quietly if quietly else connection.send)(*commands)

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def keys(self) -> Keys:
        return {
            key: (self._value(key), self._redis.pttl(key) > 0)
            for key in cast("list[bytes]", self._redis.keys())
        }

    def close(self) -> None:
        self._connection.close()
        self._redis.close()

    def _value(self, key: bytes) -> object:
        match self._redis.type(key):
            case b"list":
                return self._redis.lrange(key, 0, -1)
            case b"set":
                return self._redis.smembers(key)
            case b"string":
                return self._redis.get(key)
        return self._redis.zrange(key, 0, -1)


class SimulatedRedis:
    """The server of a simulation."""

    def __init__(self) -> None:
        self._simulation = simulation(seed=1)
        self._running = self._simulation.__enter__()
        process = self._running.process()
        self._connection = RedisConnection(process.connect_redis)

    def send(self, commands: Commands, *, quietly: bool) -> Replies:
        replies: Replies = []
        scheduler = self._running.scheduler
        send = self._connection.send_quietly if quietly else self._connection.send
        scheduler.spawn(lambda: replies.extend(send(*commands)))
        scheduler.run(scheduler.now + 0.02)
        return replies

    def rest(self, seconds: float) -> None:
        scheduler = self._running.scheduler
        scheduler.run(scheduler.now + seconds)

    def keys(self) -> Keys:
        return {
            key: (_in_sequence(value), expires)
            for key, (value, expires) in self._running.redis.keys.dump().items()
        }

    def close(self) -> None:
        self._simulation.__exit__(None, None, None)


def _in_sequence(value: object) -> object:
    """Return the members of a sorted set: their scores are times of another clock."""
    return sorted(value, key=lambda m: (value[m], m)) if isinstance(value, dict) else value


@contextmanager
def both(url: str) -> Iterator[tuple[RealRedis, SimulatedRedis]]:
    real, simulated = RealRedis(url), SimulatedRedis()
    try:
        yield real, simulated
    finally:
        real.close()
        simulated.close()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("leader_ms", [60_000, 20])
def test_scripts(redis_url: str, leader_ms: int, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not a secret
    steps = [_step(random, leader_ms) for _ in range(40)]
    with both(redis_url) as servers:
        for step in steps:
            quietly = random.choice([True, False])
            real, simulated = (
                _play(server, step, REST_SECONDS, quietly=quietly) for server in servers
            )
            assert simulated == real, step


@pytest.mark.parametrize("seed", range(5))
def test_commands(redis_url: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not a secret
    steps = [(_command(random),) for _ in range(300)]
    with both(redis_url) as servers:
        for step in steps:
            real, simulated = (_play(server, step, 0, quietly=False) for server in servers)
            assert simulated == real, step


def _play(
    server: SteppedRedis, step: Commands, rest: float, *, quietly: bool
) -> tuple[Replies, Keys]:
    replies = server.send(step, quietly=quietly)
    server.rest(rest)
    return replies, server.keys()


def _step(random: Random, leader_ms: int) -> Commands:
    """Return what one of six requests sends: it joins, answers as a leader, or leaves."""
    requests = [f"{number:016}" for number in range(6)]
    request = random.choice(requests)
    entry, key = f"{request}holds of {request}", "queue"
    match random.choice(["join", "join", "join", "finish", "leave"]):
        case "join":
            join = ("EVAL", redis_scripts.join(leader_ms), 1, key, entry)
            return join, ("BLPOP", f"{key}:answer:{request}", 0.01)
        case "finish":
            finish = ("EVAL", redis_scripts.finish(leader_ms), 1, key, request)
            sold_out = random.choice(["", "", redis_scripts.SOLD_OUT])
            others = random.sample(requests, random.randint(0, 3))
            answers = [text for other in others for text in (other, f"answer to {other}")]
            return ((*finish, sold_out, *answers),)
    return (("EVAL", redis_scripts.LEAVE, 1, key, entry),)


def _command(random: Random) -> Command:
    """Return a command with arguments that often meet existing keys."""
    item, index = random.choice("abc"), random.randint(-3, 3)
    commands: list[Callable[[], Command]] = [
        lambda: ("RPUSH", "list", item, random.choice("abc")),
        lambda: ("LPUSH", "list", item, random.choice("abc")),
        lambda: ("SET", "text", item, "PX", 60_000),
        lambda: ("GET", "text"),
        lambda: ("LPOP", "list"),
        lambda: ("LINDEX", "list", index),
        lambda: ("LRANGE", "list", index, random.randint(-3, 3)),
        lambda: ("LTRIM", "list", index, random.randint(-3, 3)),
        lambda: ("LREM", "list", 1, item),
        lambda: ("LPOS", "list", item),
        lambda: ("SADD", "set", item),
        lambda: ("SISMEMBER", "set", item),
        lambda: ("ZADD", "scores", index, item),
        lambda: ("ZREM", "scores", item),
        lambda: ("ZRANGE", "scores", index, random.randint(-3, 3)),
        lambda: ("ZREMRANGEBYSCORE", "scores", "-inf", index),
        lambda: ("DEL", "other", random.choice(["list", "set", "scores", "text"])),
        lambda: ("EXISTS", random.choice(["list", "set", "scores", "text"])),
        lambda: ("PEXPIRE", random.choice(["list", "set", "scores", "text"]), 60_000),
    ]
    return random.choice(commands)()
