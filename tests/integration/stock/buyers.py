"""Processes that buy at once. They are forked from one that has imported the stock service."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from uuid import uuid4

from tests.integration.stock import buyer
from tests.integration.stock.database import StockDatabase

TIMEOUT_SECONDS = 400  # a loaded machine may be many times slower
NO_REDIS = "redis://127.0.0.1:1/0"
Orders = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Buyers:
    """Buyers at work, one process each, and where each of them reports."""

    processes: list[ForkServerProcess]
    reports: list[Connection]
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def outcomes(self, killed: Collection[int] = ()) -> list[dict[str, str]]:
        """Wait for every buyer that was not killed, and return its outcomes by order.

        Fails if another buyer failed.
        """
        results = []
        try:
            for process, report in zip(self.processes, self.reports, strict=True):
                if process.pid in killed:
                    process.join(TIMEOUT_SECONDS)
                    assert process.exitcode is not None
                    assert process.exitcode < 0
                    continue
                assert report.poll(TIMEOUT_SECONDS), "a buyer has not ended"
                results.append(report.recv())
                process.join(TIMEOUT_SECONDS)
                assert process.exitcode == 0
        finally:
            self.kill()
        for result in results:
            self.counts.update(result["counts"])
            self.errors.update(result["errors"])
        return [result["outcomes"] for result in results]

    def kill(self) -> None:
        """Kill every buyer that has not ended."""
        for process in self.processes:
            process.kill()
            process.join()


def buy_at_once(
    database: StockDatabase, redis: str, orders: list[Orders], then: str
) -> list[dict[str, str]]:
    """Run one buyer for each set of orders and return their outcomes."""
    return start_buyers(database, redis, orders, then).outcomes()


def start_buyers(
    database: StockDatabase, redis: str, orders: list[Orders], then: str, **stop: str
) -> Buyers:
    """Start one buyer for each set of orders."""
    context = get_context("forkserver")
    context.set_forkserver_preload([buyer.__name__])
    buyers = Buyers([], [])
    for own_orders in orders:
        task = {"mysql": database.url, "redis": redis, "orders": own_orders, "then": then, **stop}
        report, sender = context.Pipe(duplex=False)
        process = context.Process(target=buyer.report, args=(task, sender))
        process.start()
        sender.close()
        buyers.processes.append(process)
        buyers.reports.append(report)
    return buyers


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
