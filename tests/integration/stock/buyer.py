"""A process that buys: it reads its orders as JSON and prints their outcomes as JSON.

Input: `mysql` and `redis` URLs, `orders` ({order id: {product id: quantity}}), and `then`: what to
do after each reservation, `keep`, `confirm`, `release` or `any` (one of the three at random). Each
confirmation and release is sent twice.

Output: `outcomes` ({order id: outcome}) and `counts`, the metrics that were counted.
"""

import json
import random
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.errors import TransientError
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, StockRefusal
from gorder.stock.replies import REFUSALS
from tests.fakes.telemetry import MemoryTelemetry

_REPEATS = 50


class Stock:
    """The stock service's commands on real servers."""

    def __init__(self, mysql: str, redis: str) -> None:
        store = MysqlStockStore(partial(connect_mysql, mysql))
        self.telemetry = MemoryTelemetry()
        lock = RedisStockLock(lambda: redis_client(redis), self.telemetry)
        self.reserve = ReserveStockHandler(store=store, lock=lock)
        self.confirm = ConfirmReservationHandler(store=store)
        self.release = ReleaseReservationHandler(store=store)


def buy(stock: Stock, order_id: str, quantities: Mapping[str, int], then: str) -> str:
    """Reserve one order, settle it, and return its outcome."""
    lines = list(quantities.items())
    random.shuffle(lines)
    hold = Hold(order_id, dict(lines), datetime.now(UTC) + timedelta(hours=1))
    (outcome,) = repeat(lambda: stock.reserve(ReserveStock([hold])))
    if isinstance(outcome, StockRefusal):
        return REFUSALS[type(outcome)]
    final = random.choice(["keep", "confirm", "release"]) if then == "any" else then  # noqa: S311 - not a secret
    for _ in range(2):
        if final == "confirm":
            repeat(lambda: stock.confirm(ConfirmReservation(order_id)))
        elif final == "release":
            repeat(lambda: stock.release(ReleaseReservation(order_id)))
    return final


def repeat[R](call: Callable[[], R]) -> R:
    """Repeat a call after a transient error, as callers do. A loaded machine causes them."""
    for _ in range(_REPEATS):
        try:
            return call()
        except TransientError:
            continue
    return call()


def work(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Buy every order. Another error than a transient one ends the process."""
    stock = Stock(task["mysql"], task["redis"])
    outcomes = {
        order_id: buy(stock, order_id, quantities, task["then"])
        for order_id, quantities in task["orders"].items()
    }
    return {"outcomes": outcomes, "counts": stock.telemetry.counts}


if __name__ == "__main__":
    json.dump(work(json.load(sys.stdin)), sys.stdout)
