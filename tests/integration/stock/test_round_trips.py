"""The statements and commands of each request, counted by MySQL and Redis themselves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis import Redis

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
from gorder.stock.model import Hold
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler
from gorder.stock.queries.overdue_reservations import (
    OverdueReservations,
    OverdueReservationsHandler,
)
from tests.fakes.stock import MemoryStockLock
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 2, tzinfo=UTC)


class CountedStore:
    """A store, and the server's count of the statements in its session."""

    def __init__(self, database: StockDatabase) -> None:
        self._connection: Connection[Cursor] = database.connect()
        self.store = MysqlStockStore(lambda: self._connection)

    def statements(self, request: Callable[[], object]) -> int:
        before = self._questions()
        request()
        return self._questions() - before - 1  # without the count itself

    def _questions(self) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
            row = cursor.fetchone()
        assert row is not None
        return int(row[1])


@pytest.fixture
def counted(database: StockDatabase) -> Iterator[CountedStore]:
    counted = CountedStore(database)
    yield counted
    counted.store.close()


def holds(orders: int, products: list[str], expires_at: datetime = EXPIRES) -> list[Hold]:
    quantities = dict.fromkeys(products, 1)
    return [Hold(uuid4().hex, quantities, expires_at) for _ in range(orders)]


@pytest.mark.parametrize(("orders", "lines"), [(1, 1), (1, 50), (100, 50)])
def test_a_reservation_of_any_size_is_six_statements(
    database: StockDatabase, counted: CountedStore, orders: int, lines: int
) -> None:
    command = ReserveStock(holds(orders, [database.stocked(100) for _ in range(lines)]))
    reserve = ReserveStockHandler(store=counted.store, lock=MemoryStockLock())
    assert counted.statements(lambda: reserve(command)) == 6
    assert counted.statements(lambda: reserve(command)) == 3  # repeated: two reads, one COMMIT
    assert database.unbalanced() == []


def test_extending_a_hold_is_one_more_statement(
    database: StockDatabase, counted: CountedStore
) -> None:
    command = ReserveStock(holds(3, [database.stocked(9) for _ in range(2)]))
    reserve = ReserveStockHandler(store=counted.store, lock=MemoryStockLock())
    reserve(command)
    longer = ReserveStock([replace(hold, expires_at=LATER) for hold in command.holds])
    assert counted.statements(lambda: reserve(longer)) == 4
    assert counted.statements(lambda: reserve(longer)) == 3
    assert counted.statements(lambda: reserve(command)) == 3


def test_overdue_reservations_and_the_menu_are_one_statement_each(counted: CountedStore) -> None:
    overdue = OverdueReservationsHandler(store=counted.store)
    query = OverdueReservations(before=EXPIRES, limit=100)
    assert counted.statements(lambda: overdue(query)) == 2  # and a COMMIT
    menu = ListMenuHandler(store=counted.store, telemetry=MemoryTelemetry())
    assert counted.statements(lambda: menu(ListMenu())) == 2


@pytest.mark.parametrize("lines", [1, 50])
def test_settling_is_five_statements_and_two_if_repeated(
    database: StockDatabase, counted: CountedStore, lines: int
) -> None:
    sold, freed = holds(2, [database.stocked(2) for _ in range(lines)])
    ReserveStockHandler(store=counted.store, lock=MemoryStockLock())(ReserveStock([sold, freed]))
    confirm = ConfirmReservationHandler(store=counted.store)
    release = ReleaseReservationHandler(store=counted.store)
    for statements in (5, 2):
        sent = counted.statements(lambda: confirm(ConfirmReservation(sold.order_id)))
        assert sent == statements
        sent = counted.statements(lambda: release(ReleaseReservation(freed.order_id)))
        assert sent == statements


@contextmanager
def commands_sent(redis: Redis, redis_url: str) -> Iterator[list[str]]:
    """Record the commands that clients send, as MONITOR shows them, without those of scripts."""
    end = uuid4().hex
    sent: list[str] = []

    def watch() -> None:
        with Redis.from_url(redis_url, socket_timeout=10) as own, own.monitor() as monitor:
            ready.set()
            for seen in monitor.listen():
                if end in seen["command"]:
                    return
                if seen["client_type"] != "lua":
                    sent.append(seen["command"].split()[0].upper())

    ready = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    assert ready.wait(5), "MONITOR did not start"
    try:
        yield sent
    finally:
        redis.echo(end)
        watcher.join(5)
    assert not watcher.is_alive()


@pytest.mark.parametrize("lines", [1, 50])
def test_a_reservation_is_two_commands_to_redis(
    database: StockDatabase, store: MysqlStockStore, redis: Redis, redis_url: str, lines: int
) -> None:
    telemetry = MemoryTelemetry()
    reserve = ReserveStockHandler(store=store, lock=RedisStockLock(lambda: redis, telemetry))
    products = [database.stocked(9) for _ in range(lines)]
    reserve(ReserveStock(holds(1, products)))  # connects, and loads the two scripts
    with commands_sent(redis, redis_url) as sent:
        reserve(ReserveStock(holds(1, products)))
    assert sent == ["EVALSHA", "EVALSHA"]
    assert telemetry.counts == {}
