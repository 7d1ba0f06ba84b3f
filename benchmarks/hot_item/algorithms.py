"""The algorithms that are compared. Each reserves one unit of a product for an order."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Protocol

from benchmarks.hot_item.recorder import Recorder
from benchmarks.hot_item.stores import Stores
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation

RESERVE_RAW: Final = "reserve_raw"
_TAKE_UNIT: Final = "UPDATE stock SET held = held + 1 WHERE product_id = %s AND on_hand - held >= 1"
_AVAILABLE: Final = "SELECT on_hand - held FROM stock WHERE product_id = %s"
_INSERT: Final = (
    "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name, price_id,"
    " unit_amount, currency) VALUES (%s, %s, 1, 'held', '2100-01-01', 'Hot', 'price_hot', 100,"
    " 'eur')"
)
_SPIN_SECONDS: Final = 0.01
_LOCK_MILLISECONDS: Final = 300_000
_UNLOCK: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)
PROCEDURES: Final = (
    "CREATE PROCEDURE commit_slowly() BEGIN COMMIT; END",
    """
    CREATE PROCEDURE reserve_raw(IN product VARCHAR(64))
    BEGIN
      DECLARE changed INT;
      START TRANSACTION;
      UPDATE stock SET held = held + 1 WHERE product_id = product AND on_hand - held >= 1;
      SET changed = ROW_COUNT();
      IF changed = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
      SELECT changed;
    END
    """,
)
"""What the algorithms need in the database, before the setting makes its commits slow."""


class Algorithm(Protocol):
    """One buyer's side of an algorithm."""

    kept: ClassVar[frozenset[str]]
    """The books that the algorithm keeps: `held`, `reserved`, `moved`."""

    def __init__(self, stores: Stores, recorder: Recorder, /) -> None:
        """Connect to the stores."""
        ...

    def reserve(self, order_id: str, product_id: str) -> bool:
        """Reserve one unit. Return False if it is sold out; raise if there is no answer."""
        ...


class RawUpdate:
    """Sends the conditional UPDATE in one round trip.

    With slow commits it is a stored procedure, because only the server can sleep between the
    UPDATE and the COMMIT. Otherwise it is the statement itself, in autocommit mode.
    """

    kept: ClassVar = frozenset({"held"})

    def __init__(self, stores: Stores, _recorder: Recorder) -> None:
        connection = stores.mysql()
        connection.autocommit(True)
        self._cursor = connection.cursor()
        self._slow = stores.setting.commit_seconds > 0

    def reserve(self, order_id: str, product_id: str) -> bool:  # noqa: ARG002 - keeps no order
        if not self._slow:
            return self._cursor.execute(_TAKE_UNIT, [product_id]) == 1
        self._cursor.execute(f"CALL {RESERVE_RAW}(%s)", [product_id])
        row: Any = self._cursor.fetchone()
        return bool(row[0])


class SelectForUpdate:
    """Locks the row, checks the units, writes them and the reservation: five round trips."""

    kept: ClassVar = frozenset({"held", "reserved"})

    def __init__(self, stores: Stores, _recorder: Recorder) -> None:
        self._connection = stores.mysql()
        self._cursor = self._connection.cursor()

    def reserve(self, order_id: str, product_id: str) -> bool:
        try:
            self._connection.begin()
            self._cursor.execute(f"{_AVAILABLE} FOR UPDATE", [product_id])
            row: Any = self._cursor.fetchone()
            if row[0] < 1:
                self._connection.rollback()
                return False
            self._cursor.execute(_TAKE_UNIT, [product_id])
            self._cursor.execute(_INSERT, [order_id, product_id])
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise
        return True


class SpinLock:
    """Locks the product in Redis, trying again every 10 ms, then reads, locks and writes the row.

    It waits for the lock without limit.
    """

    kept: ClassVar = frozenset({"held"})

    def __init__(self, stores: Stores, _recorder: Recorder) -> None:
        self._redis = stores.redis()
        self._unlock = self._redis.register_script(_UNLOCK)
        self._connection = stores.mysql()
        self._connection.autocommit(True)
        self._cursor = self._connection.cursor()

    def reserve(self, order_id: str, product_id: str) -> bool:
        key = f"bench:lock:{product_id}"
        while not self._redis.set(key, order_id, nx=True, px=_LOCK_MILLISECONDS):
            time.sleep(_SPIN_SECONDS)
        try:
            return self._take(product_id)
        finally:
            self._unlock(keys=[key], args=[order_id])

    def _take(self, product_id: str) -> bool:
        if not self._is_available(_AVAILABLE, product_id):
            return False
        self._connection.begin()
        try:
            if not self._is_available(f"{_AVAILABLE} FOR UPDATE", product_id):
                self._connection.rollback()
                return False
            self._cursor.execute(_TAKE_UNIT, [product_id])
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise
        return True

    def _is_available(self, select: str, product_id: str) -> bool:
        self._cursor.execute(select, [product_id])
        row: Any = self._cursor.fetchone()
        return bool(row[0] >= 1)


class Gorder:
    """Calls the handler of the stock function."""

    kept: ClassVar = frozenset({"held", "reserved", "moved"})

    def __init__(self, stores: Stores, recorder: Recorder) -> None:
        self._reserve = reserve_handler(stores, recorder)
        self._expires_at = datetime.now(UTC) + timedelta(hours=1)

    def reserve(self, order_id: str, product_id: str) -> bool:
        hold = Hold(order_id, {product_id: 1}, self._expires_at)
        [outcome] = self._reserve(ReserveStock([hold]))
        return isinstance(outcome, Reservation)


def reserve_handler(stores: Stores, recorder: Recorder) -> ReserveStockHandler:
    """Build the handler as `gorder.bootstrap.stock_check` does; there is no deadline."""
    return ReserveStockHandler(
        store=MysqlStockStore(stores.mysql), queue=RedisQueue(stores.redis, recorder)
    )


ALGORITHMS: Final[Mapping[str, type[Algorithm]]] = {
    "raw": RawUpdate,
    "for_update": SelectForUpdate,
    "original": SpinLock,
    "gorder": Gorder,
}
