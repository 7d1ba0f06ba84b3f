"""The lock on a real server: owners, time to live, lost locks, and no server at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.contracts.stock import HoldRequest, Line, Refusal, Refused, ReserveStock
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import InsufficientStockRefusal
from gorder.stock.ports import LockTimeoutError, StockStore, StockTransaction
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.house import House

pytestmark = pytest.mark.servers

SOUP = "gorder:{stock}:lock:soup"


class Buyer:
    """Buys one unit, under a lock."""

    def __init__(self, store: StockStore, lock: RedisStockLock) -> None:
        self._reserve = ReserveStockHandler(store, lock)

    def buy(self, product_id: str) -> str:
        wish = HoldRequest(
            order_id=uuid4().hex,
            lines=(Line(product_id=product_id, quantity=1),),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        (outcome,) = self._reserve(ReserveStock(trace_id="t", holds=(wish,))).outcomes
        return outcome.refusal if isinstance(outcome, Refused) else outcome.outcome


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


def test_a_dead_owner_costs_a_wait_and_not_a_failure(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    redis.set(SOUP, "somebody who died", px=200)
    with RedisStockLock(lambda: redis, telemetry, budget_seconds=2).held(["soup"]):
        assert redis.get(SOUP) != b"somebody who died"
    assert telemetry.counts == {}


def test_a_lock_held_past_its_time_keeps_nobody_out_and_oversells_nothing(
    redis: Redis, telemetry: MemoryTelemetry, house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = house.stocked(1)
    quick = Buyer(stores(), RedisStockLock(lambda: redis, telemetry))
    overtaken: list[str] = []

    class SlowStore:
        """The lock's time passes, and the other buyer comes and goes, before this one begins."""

        def run[T](self, work: Callable[[StockTransaction], T]) -> T:
            if not overtaken:
                overtaken.append(quick.buy(soup))
            return stores().run(work)

    slow = Buyer(SlowStore(), RedisStockLock(lambda: redis, telemetry, ttl_seconds=0.05))
    assert (slow.buy(soup), overtaken) == (Refusal.INSUFFICIENT_STOCK, ["reserved"])
    assert telemetry.counts == {"StockLockLost": 1}
    assert redis.keys("*") == []
    assert house.level(soup) == (1, 1)
    assert house.unbalanced() == []


def test_a_lock_never_freed_ends_in_a_timeout_within_the_budget(
    redis: Redis, telemetry: MemoryTelemetry
) -> None:
    redis.set(SOUP, "somebody", px=60_000)
    lock = RedisStockLock(lambda: redis, telemetry, budget_seconds=0.2)
    with pytest.raises(LockTimeoutError, match="repeat"), lock.held(["soup", "bread"]):
        pytest.fail("held although somebody else had it")
    assert redis.get(SOUP) == b"somebody"
    assert redis.exists("gorder:{stock}:lock:bread") == 0


def test_a_lock_lost_to_another_is_told_and_left_to_its_new_owner(
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


def test_a_lock_that_outlived_its_time_is_told(redis: Redis, telemetry: MemoryTelemetry) -> None:
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


def test_without_redis_the_work_is_done_and_told(telemetry: MemoryTelemetry) -> None:
    lock = RedisStockLock(lambda: redis_client("redis://127.0.0.1:1/0"), telemetry)
    done = []
    for order in range(3):
        with lock.held(["soup"]):
            done.append(order)
    assert done == [0, 1, 2]
    assert telemetry.counts == {"StockLockUnavailable": 3}
    assert telemetry.warnings == ["stock.lock_unavailable"]  # asked once, then left alone


def test_a_failed_unlock_is_told_and_hides_nothing(
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
