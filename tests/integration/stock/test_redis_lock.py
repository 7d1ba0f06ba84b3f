"""The lock on a real server: owners, time to live, lost locks, and an unreachable server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, InsufficientStockRefusal, Reservation
from gorder.stock.ports import LockTimeoutError, StockStore, StockTransaction
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

SOUP = "gorder:{stock}:lock:soup"


class Buyer:
    """Reserves one unit under a lock."""

    def __init__(self, store: StockStore, lock: RedisStockLock) -> None:
        self._reserve = ReserveStockHandler(store=store, lock=lock)

    def buy(self, product_id: str) -> type:
        hold = Hold(uuid4().hex, {product_id: 1}, datetime.now(UTC) + timedelta(hours=1))
        (outcome,) = self._reserve(ReserveStock([hold]))
        return type(outcome)


@pytest.fixture
def telemetry() -> MemoryTelemetry:
    return MemoryTelemetry()


def test_every_key_has_an_owner_and_a_time_to_live(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    with RedisStockLock(lambda: redis, telemetry, ttl_seconds=2).held(["soup", "bread"]):
        keys = redis.keys("*")
        assert sorted(keys) == [b"gorder:{stock}:lock:bread", SOUP.encode()]
        assert len({redis.get(key) for key in keys}) == 1
        assert all(0 < redis.pttl(key) <= 2000 for key in keys)
    assert redis.keys("*") == []


def test_a_lock_of_a_dead_owner_is_waited_for(redis: Redis, telemetry: MemoryTelemetry) -> None:
    redis.set(SOUP, "dead owner", px=200)
    with RedisStockLock(lambda: redis, telemetry, budget_seconds=2).held(["soup"]):
        assert redis.get(SOUP) != b"dead owner"
    assert telemetry.counts == {}


def test_a_lock_that_expired_early_oversells_nothing(
    redis: Redis,
    telemetry: MemoryTelemetry,
    database: StockDatabase,
    stores: Callable[..., MysqlStockStore],
) -> None:
    soup = database.stocked(1)
    quick = Buyer(stores(), RedisStockLock(lambda: redis, telemetry))
    overtaken: list[type] = []

    class SlowStore:
        """Lets the lock expire and another buyer finish before its own transaction begins."""

        def run[T](self, work: Callable[[StockTransaction], T]) -> T:
            if not overtaken:
                overtaken.append(quick.buy(soup))
            return stores().run(work)

    slow = Buyer(SlowStore(), RedisStockLock(lambda: redis, telemetry, ttl_seconds=0.05))
    assert (slow.buy(soup), overtaken) == (InsufficientStockRefusal, [Reservation])
    assert telemetry.counts == {"StockLockLost": 1}
    assert redis.keys("*") == []
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


def test_waiting_for_a_lock_ends_in_a_timeout_within_the_budget(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    redis.set(SOUP, "another owner", px=60_000)
    lock = RedisStockLock(lambda: redis, telemetry, budget_seconds=0.2)
    with pytest.raises(LockTimeoutError, match="repeat"), lock.held(["soup", "bread"]):
        pytest.fail("locked although another owner held it")
    assert redis.get(SOUP) == b"another owner"
    assert redis.exists("gorder:{stock}:lock:bread") == 0


def test_a_lock_lost_to_another_owner_is_counted_and_kept_by_that_owner(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    lock = RedisStockLock(lambda: redis, telemetry)

    def sell() -> None:
        with lock.held(["soup", "bread"]):
            redis.set(SOUP, "the next owner")
            raise InsufficientStockRefusal("none left")

    with pytest.raises(InsufficientStockRefusal):
        sell()
    assert redis.get(SOUP) == b"the next owner"
    assert redis.exists("gorder:{stock}:lock:bread") == 0
    assert telemetry.counts == {"StockLockLost": 1}
    assert telemetry.warnings == ["stock.lock_lost"]


def test_a_lock_that_expired_is_counted(redis: Redis, telemetry: MemoryTelemetry) -> None:
    with RedisStockLock(lambda: redis, telemetry).held(["soup"]):
        redis.delete(SOUP)
    assert telemetry.counts == {"StockLockLost": 1}


def test_scripts_forgotten_by_the_server_are_sent_again(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    lock = RedisStockLock(lambda: redis, telemetry)
    with lock.held(["soup"]):
        redis.script_flush()
    redis.script_flush()
    with lock.held(["soup"]):
        pass
    assert telemetry.counts == {}
    assert redis.keys("*") == []


def test_a_connection_killed_while_idle_is_replaced(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    lock = RedisStockLock(lambda: redis, telemetry)
    with lock.held(["soup"]):
        pass
    with redis_client(redis_url) as operator:
        operator.client_kill_filter(_type="normal", skipme=True)
    with lock.held(["soup"]):
        assert redis.exists(SOUP) == 1
    assert telemetry.counts == {}


def test_without_redis_the_block_runs_unlocked_and_is_counted(telemetry: MemoryTelemetry) -> None:
    lock = RedisStockLock(lambda: redis_client("redis://127.0.0.1:1/0"), telemetry)
    done = []
    for order in range(3):
        with lock.held(["soup"]):
            done.append(order)
    assert done == [0, 1, 2]
    assert telemetry.counts == {"StockLockUnavailable": 3}
    assert telemetry.warnings == [
        "stock.lock_unavailable"
    ]  # tried once, then not again for 5 seconds


def test_a_failed_unlock_is_counted_and_hides_no_error(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    lock = RedisStockLock(lambda: redis, telemetry)

    def sell() -> None:
        with lock.held(["soup"]):
            redis.replicaof("127.0.0.1", 1)  # a replica refuses every script that writes
            raise InsufficientStockRefusal("none left")

    with pytest.raises(InsufficientStockRefusal):
        sell()
    redis.replicaof("NO", "ONE")
    assert telemetry.counts == {"StockUnlockFailed": 1}
    assert telemetry.warnings == ["stock.unlock_failed"]
