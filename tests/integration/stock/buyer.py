"""A process that buys.

Its task: `mysql` and `redis` URLs, `orders` ({order id: {product id: quantity}}), and `then`: what
to do after each reservation, `keep`, `confirm`, `release` or `any` (one of the three at random).
Each confirmation and release is sent twice. `stop` may be a moment at which the first buyer that
leads a batch of several requests stops, with the signal SIGSTOP; it writes its state to `stopped`
before.

Its report: `outcomes` ({order id: outcome}), `counts`, the metrics that were counted, and `errors`,
the codes of the transient errors, by their number.
"""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client
from gorder.errors import TransientError
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold
from gorder.stock.ports import Contended, Held, NotHeld
from gorder.stock.refusals import StockRefusal
from gorder.stock.replies import REFUSALS
from tests.fakes.telemetry import MemoryTelemetry

_REPEATS = 50


class Stock:
    """The stock service's commands on real servers."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        store = MysqlStockStore(partial(connect_mysql, task["mysql"]))
        self.telemetry = MemoryTelemetry()
        self.errors: Counter[str] = Counter()
        queue = RedisQueue(lambda: redis_client(task["redis"]), self.telemetry)
        stopping = StoppingStore(store, task.get("stop"), Path(task.get("stopped", ".")))
        self.reserve = ReserveStockHandler(store=stopping, queue=queue)
        self.confirm = ConfirmReservationHandler(store=store)
        self.release = ReleaseReservationHandler(store=store)

    def repeat[R](self, call: Callable[[], R]) -> R:
        """Repeat a call after a transient error, as callers do. A loaded machine causes them."""
        for _ in range(_REPEATS):
            try:
                return call()
            except TransientError as error:
                self.errors[error.code] += 1
        return call()


class StoppingStore:
    """A store that stops its process once, at a moment of a batch of several requests."""

    def __init__(self, store: MysqlStockStore, moment: str | None, stopped: Path) -> None:
        self._store = store
        self._moment = moment
        self._stopped = stopped
        self.run = store.run
        self.try_settle = store.try_settle

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        if self._moment == "before the call" and len(holds) > 1:
            self._stop(holds)
        attempt = self._store.try_hold(holds, wait=wait)
        if self._moment == "before the answers" and isinstance(attempt, Held) and len(holds) > 1:
            self._stop(holds)
        return attempt

    def _stop(self, holds: Sequence[Hold]) -> None:
        """Stop this process, unless another one has stopped already."""
        state = {"process": os.getpid(), "orders": [hold.order_id for hold in holds]}
        own = self._stopped.with_name(f"buyer-{os.getpid()}")
        own.write_text(json.dumps(state))
        with suppress(FileExistsError):
            os.link(own, self._stopped)
            os.kill(os.getpid(), signal.SIGSTOP)
        own.unlink()


def buy(stock: Stock, order_id: str, quantities: Mapping[str, int], then: str) -> str:
    """Reserve one order, settle it, and return its outcome."""
    lines = list(quantities.items())
    random.shuffle(lines)
    hold = Hold(order_id, dict(lines), datetime.now(UTC) + timedelta(hours=1))
    (outcome,) = stock.repeat(lambda: stock.reserve(ReserveStock([hold])))
    if isinstance(outcome, StockRefusal):
        return REFUSALS[type(outcome)]
    final = random.choice(["keep", "confirm", "release"]) if then == "any" else then  # noqa: S311 - not a secret
    for _ in range(2):
        if final == "confirm":
            stock.repeat(lambda: stock.confirm(ConfirmReservation(order_id)))
        elif final == "release":
            stock.repeat(lambda: stock.release(ReleaseReservation(order_id)))
    return final


def work(task: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Buy every order. Another error than a transient one ends the process."""
    stock = Stock(task)
    outcomes = {
        order_id: buy(stock, order_id, quantities, task["then"])
        for order_id, quantities in task["orders"].items()
    }
    return {"outcomes": outcomes, "counts": stock.telemetry.counts, "errors": stock.errors}


def report(task: Mapping[str, Any], to: Connection) -> None:
    """Buy every order, and send the outcomes."""
    to.send(work(task))
