"""Processes that lead a batch are killed, or stopped for longer than they may lead."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests.integration.stock.buyers import (
    Buyers,
    Orders,
    buy_at_once,
    orders_of,
    start_buyers,
    states,
)
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import ProductQueue, wait_until

pytestmark = pytest.mark.servers

BUYERS = 6
ORDERS_EACH = 10


@contextmanager
def locked(database: StockDatabase, product_id: str) -> Iterator[None]:
    """Lock the units of a product for the block, so that its buyers meet."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM stock WHERE product_id = %s FOR UPDATE", [product_id])
        yield
    connection.rollback()
    connection.close()


@dataclass
class Storm:
    """Buyers of one product, one of which has stopped as the leader of a batch."""

    product_id: str
    sets: list[Orders]
    buyers: Buyers
    leader: int
    batch: list[str]

    @property
    def own_orders(self) -> Orders:
        """The orders of the process that has stopped."""
        [number] = [n for n, p in enumerate(self.buyers.processes) if p.pid == self.leader]
        return self.sets[number]


@contextmanager
def storm(
    database: StockDatabase, redis: Redis, redis_url: str, folder: Path, moment: str
) -> Iterator[Storm]:
    """Run buyers of half as many units as they want, one of which has stopped as a leader.

    The leaders wait for the locked units, so the others join the queue, and form batches.
    """
    product_id = database.stocked(BUYERS * ORDERS_EACH // 2)
    sets = [orders_of(product_id, ORDERS_EACH) for _ in range(BUYERS)]
    stopped, queue = folder / "stopped", ProductQueue(redis, product_id)
    with locked(database, product_id):
        buyers = start_buyers(database, redis_url, sets, "keep", stop=moment, stopped=str(stopped))
        wait_until(lambda: queue.requests >= BUYERS - 1, "the buyers did not meet")
    try:
        wait_until(stopped.exists, "no leader stopped")
        state = json.loads(stopped.read_text())
        assert len(state["orders"]) > 1
        yield Storm(product_id, sets, buyers, state["process"], state["orders"])
    finally:
        buyers.kill()


def check(database: StockDatabase, storm: Storm, outcomes: list[dict[str, str]]) -> None:
    """Check that each outcome is true, and that all units were sold, each once."""
    found = {order: outcome for by_order in outcomes for order, outcome in by_order.items()}
    assert set(found.values()) == {"keep", "insufficient_stock"}
    kept = {order for order, outcome in found.items() if outcome == "keep"}
    wanted = [order for orders in storm.sets for order in orders]
    reserved = states(database, wanted)
    assert reserved.keys() & found.keys() == kept
    assert set(reserved.values()) == {"held"}
    assert len(reserved) == BUYERS * ORDERS_EACH // 2
    assert database.level(storm.product_id) == (len(reserved), len(reserved))
    assert database.unbalanced() == []


@pytest.mark.parametrize("moment", ["before the call", "before the answers"])
def test_a_leader_killed_in_a_batch_costs_the_others_nothing(
    database: StockDatabase, redis: Redis, redis_url: str, tmp_path: Path, moment: str
) -> None:
    with storm(database, redis, redis_url, tmp_path, moment) as sold:
        committed = states(database, sold.batch)
        os.kill(sold.leader, signal.SIGKILL)
        outcomes = sold.buyers.outcomes(killed=[sold.leader])
    assert len(outcomes) == BUYERS - 1
    check(database, sold, outcomes)
    if moment == "before the answers":
        assert committed == dict.fromkeys(sold.batch, "held")
        others = set(sold.batch) - sold.own_orders.keys()
        found = {order: outcome for by_order in outcomes for order, outcome in by_order.items()}
        assert {found[order] for order in others} == {"keep"}


@pytest.mark.parametrize("moment", ["before the call", "before the answers"])
def test_a_leader_stopped_for_longer_than_it_may_lead_changes_nothing(
    database: StockDatabase, redis: Redis, redis_url: str, tmp_path: Path, moment: str
) -> None:
    """It continues when all others have ended: with a batch that others have served."""
    with storm(database, redis, redis_url, tmp_path, moment) as sold:
        others = [buyer for buyer in sold.buyers.processes if buyer.pid != sold.leader]
        wait_until(
            lambda: all(buyer.exitcode is not None for buyer in others), "the others did not end"
        )
        os.kill(sold.leader, signal.SIGCONT)
        outcomes = sold.buyers.outcomes()
    assert len(outcomes) == BUYERS
    check(database, sold, outcomes)
    assert sold.buyers.counts["StockLeaderLost"] >= 1  # more on a loaded machine
    assert ProductQueue(redis, sold.product_id).waiting == 0


def test_orders_of_killed_processes_can_be_repeated(
    database: StockDatabase, redis: Redis, redis_url: str
) -> None:
    """All are killed: the leaders during their calls, the others while they wait."""
    soup = database.stocked(BUYERS * ORDERS_EACH)
    sets = [orders_of(soup, ORDERS_EACH) for _ in range(BUYERS)]
    queue = ProductQueue(redis, soup)
    with locked(database, soup):
        buyers = start_buyers(database, redis_url, sets, "keep")
        wait_until(lambda: queue.requests >= BUYERS - 1, "the buyers did not meet")
        wait_until(lambda: calls(database) > 0, "no leader called")
        buyers.kill()
    outcomes = buy_at_once(database, redis_url, sets, "keep")
    assert outcomes == [dict.fromkeys(orders, "keep") for orders in sets]
    assert database.level(soup) == (BUYERS * ORDERS_EACH, BUYERS * ORDERS_EACH)
    assert database.unbalanced() == []


def calls(database: StockDatabase) -> int:
    """Count the calls of procedures that run now."""
    [(count,)] = database.rows(
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE state <> '' AND command = 'Query' AND db = DATABASE() AND id <> CONNECTION_ID()"
    )
    return int(count)
