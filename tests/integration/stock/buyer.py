"""A process that buys: started with its work as JSON, it prints what came of it as JSON.

It prints the `fates` of its orders and the `counts` of what it told its operators.

Work: `mysql`, `redis`, `orders` ({order id: {product id: quantity}}), and `then`, what follows each
reservation: `keep`, `confirm`, `release` or `any` (one of them at random, twice).
"""

import json
import random
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.contracts.stock import (
    ConfirmReservation,
    HoldRequest,
    Line,
    Refused,
    ReleaseReservation,
    ReserveStock,
)
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.confirm_reservation import ConfirmReservationHandler
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from tests.fakes.telemetry import MemoryTelemetry


class Stock:
    """The stock service's use cases on real servers."""

    def __init__(self, mysql: str, redis: str) -> None:
        store = MysqlStockStore(partial(connect_mysql, mysql))
        self.telemetry = MemoryTelemetry()
        lock = RedisStockLock(lambda: redis_client(redis), self.telemetry)
        self.reserve = ReserveStockHandler(store, lock)
        self.confirm = ConfirmReservationHandler(store)
        self.release = ReleaseReservationHandler(store)


def buy(stock: Stock, order_id: str, quantities: Mapping[str, int], then: str) -> str:
    """Reserve one order, settle it, and say what became of it."""
    lines = [Line(product_id=p, quantity=q) for p, q in quantities.items()]
    random.shuffle(lines)
    wish = HoldRequest(
        order_id=order_id, lines=tuple(lines), expires_at=datetime.now(UTC) + timedelta(hours=1)
    )
    (outcome,) = stock.reserve(ReserveStock(trace_id="t", holds=(wish,))).outcomes
    if isinstance(outcome, Refused):
        return outcome.refusal
    final = random.choice(["keep", "confirm", "release"]) if then == "any" else then  # noqa: S311 - a test's dice
    for _ in range(2):
        if final == "confirm":
            stock.confirm(ConfirmReservation(trace_id="t", order_id=order_id))
        elif final == "release":
            stock.release(ReleaseReservation(trace_id="t", order_id=order_id))
    return final


def work(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Buy everything; no failure is expected, so none is caught."""
    stock = Stock(task["mysql"], task["redis"])
    fates = {
        order_id: buy(stock, order_id, quantities, task["then"])
        for order_id, quantities in task["orders"].items()
    }
    return {"fates": fates, "counts": stock.telemetry.counts}


if __name__ == "__main__":
    json.dump(work(json.load(sys.stdin)), sys.stdout)
