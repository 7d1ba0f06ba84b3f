"""Processes that buy at once."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import uuid4

from tests.integration.stock.database import StockDatabase

TIMEOUT_SECONDS = 400  # a loaded machine may be many times slower
NO_REDIS = "redis://127.0.0.1:1/0"
Orders = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Buyers:
    """Buyers at work, one process each."""

    processes: list[subprocess.Popen[str]]
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def outcomes(self, killed: Collection[int] = ()) -> list[dict[str, str]]:
        """Wait for every buyer that was not killed, and return its outcomes by order.

        Fails if another buyer failed.
        """
        try:
            outputs = [buyer.communicate(timeout=TIMEOUT_SECONDS) for buyer in self.processes]
        finally:
            self.kill()
        results = []
        for buyer, (output, errors) in zip(self.processes, outputs, strict=True):
            if buyer.pid in killed:
                assert buyer.returncode < 0
                continue
            assert buyer.returncode == 0, errors
            results.append(json.loads(output))
        for result in results:
            self.counts.update(result["counts"])
            self.errors.update(result["errors"])
        return [result["outcomes"] for result in results]

    def kill(self) -> None:
        """Kill every buyer that has not ended."""
        for buyer in self.processes:
            with buyer:  # closes its pipes
                buyer.kill()


def buy_at_once(
    database: StockDatabase, redis: str, orders: list[Orders], then: str
) -> list[dict[str, str]]:
    """Run one buyer for each set of orders and return their outcomes."""
    return start_buyers(database, redis, orders, then).outcomes()


def start_buyers(
    database: StockDatabase, redis: str, orders: list[Orders], then: str, **stop: str
) -> Buyers:
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
        task = {"mysql": database.url, "redis": redis, "orders": own_orders, "then": then, **stop}
        assert buyer.stdin is not None
        buyer.stdin.write(json.dumps(task))
        buyer.stdin.close()
        buyer.stdin = None
    return Buyers(processes)


def orders_of(product_id: str, count: int) -> Orders:
    """Return orders for one unit each."""
    return {uuid4().hex: {product_id: 1} for _ in range(count)}


def states(database: StockDatabase, orders: Collection[str]) -> dict[str, str]:
    """Return the states of those of the orders that have a reservation."""
    rows = database.rows(
        "SELECT DISTINCT order_id, state FROM reservations WHERE order_id IN %s", list(orders)
    )
    assert len(dict(rows)) == len(rows), "an order has lines of several states"
    return dict(rows)
