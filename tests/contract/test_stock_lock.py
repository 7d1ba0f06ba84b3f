"""Contract of StockLock, for the fake and for the Redis adapter."""

import pytest

from gorder.clients.redis import redis_client
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.model import InsufficientStockRefusal
from gorder.stock.ports import LockTimeoutError, StockLock
from tests.fakes.stock import MemoryStockLock
from tests.fakes.telemetry import MemoryTelemetry


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.servers)])
def lock(request: pytest.FixtureRequest) -> StockLock:
    if request.param == "memory":
        return MemoryStockLock()
    redis = redis_client(request.getfixturevalue("redis_url"))
    redis.flushdb()
    return RedisStockLock(lambda: redis, MemoryTelemetry(), budget_seconds=0.05)


def test_a_locked_product_cannot_be_locked_again(lock: StockLock) -> None:
    with lock.held(["soup", "bread"]), pytest.raises(LockTimeoutError), lock.held(["soup"]):
        pytest.fail("the same product was locked twice")


def test_other_products_can_be_locked(lock: StockLock) -> None:
    with lock.held(["soup"]), lock.held(["bread"]):
        pass


def test_all_products_are_locked_or_none(lock: StockLock) -> None:
    with lock.held(["soup"]):
        with pytest.raises(LockTimeoutError), lock.held(["bread", "soup"]):
            pytest.fail("locked although one product was locked already")
        with lock.held(["bread"]):
            pass


def test_a_business_error_passes_unchanged_and_releases_the_lock(lock: StockLock) -> None:
    refusal = InsufficientStockRefusal("none left")
    with pytest.raises(InsufficientStockRefusal) as caught, lock.held(["soup"]):
        raise refusal
    assert caught.value is refusal
    with lock.held(["soup"]):
        pass


def test_a_product_named_twice_is_locked_once(lock: StockLock) -> None:
    with lock.held(["soup", "soup"]):
        pass
    with lock.held(["soup"]):
        pass
