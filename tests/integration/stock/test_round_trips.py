"""How often a request asks MySQL and Redis, counted by the servers themselves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis import Redis

from gorder.contracts.stock import (
    ConfirmReservation,
    HoldRequest,
    Line,
    ListMenu,
    OverdueReservations,
    ReleaseReservation,
    ReserveStock,
)
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.confirm_reservation import ConfirmReservationHandler
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.queries.list_menu import ListMenuHandler
from gorder.stock.queries.list_overdue import ListOverdueHandler
from tests.fakes.stock import MemoryStockLock
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.house import House

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 2, tzinfo=UTC)


class Counted:
    """A store, and the server's own count of the statements its session was sent."""

    def __init__(self, house: House) -> None:
        self._connection: Connection[Cursor] = house.connect()
        self.store = MysqlStockStore(lambda: self._connection)

    def statements(self, request: Callable[[], object]) -> int:
        before = self._questions()
        request()
        return self._questions() - before - 1  # not counting the count

    def _questions(self) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
            row = cursor.fetchone()
        assert row is not None
        return int(row[1])


@pytest.fixture
def counted(house: House) -> Iterator[Counted]:
    counted = Counted(house)
    yield counted
    counted.store.close()


def wishes(orders: int, products: list[str]) -> ReserveStock:
    lines = tuple(Line(product_id=product_id, quantity=1) for product_id in products)
    return ReserveStock(
        trace_id="t",
        holds=tuple(
            HoldRequest(order_id=uuid4().hex, lines=lines, expires_at=EXPIRES)
            for _ in range(orders)
        ),
    )


@pytest.mark.parametrize(("orders", "lines"), [(1, 1), (1, 50), (100, 50)])
def test_a_reservation_is_six_statements_however_large(
    house: House, counted: Counted, orders: int, lines: int
) -> None:
    message = wishes(orders, [house.stocked(100) for _ in range(lines)])
    reserve = ReserveStockHandler(counted.store, MemoryStockLock())
    assert counted.statements(lambda: reserve(message)) == 6
    assert counted.statements(lambda: reserve(message)) == 3  # repeated: two reads, one end
    assert house.unbalanced() == []


def test_holding_for_longer_is_one_statement_more(house: House, counted: Counted) -> None:
    message = wishes(3, [house.stocked(9) for _ in range(2)])
    reserve = ReserveStockHandler(counted.store, MemoryStockLock())
    reserve(message)
    later = [hold.model_copy(update={"expires_at": LATER}) for hold in message.holds]
    longer = message.model_copy(update={"holds": tuple(later)})
    assert counted.statements(lambda: reserve(longer)) == 4
    assert counted.statements(lambda: reserve(longer)) == 3
    assert counted.statements(lambda: reserve(message)) == 3


def test_the_sweeps_question_and_the_menu_are_one_statement_each(counted: Counted) -> None:
    overdue = OverdueReservations(trace_id="t", before=EXPIRES, limit=100)
    listing = ListOverdueHandler(counted.store)
    assert counted.statements(lambda: listing(overdue)) == 2  # and the end of the transaction
    menu = ListMenuHandler(counted.store, MemoryTelemetry())
    assert counted.statements(lambda: menu(ListMenu(trace_id="t"))) == 2


@pytest.mark.parametrize("lines", [1, 50])
def test_settling_is_five_statements_and_two_when_done(
    house: House, counted: Counted, lines: int
) -> None:
    message = wishes(2, [house.stocked(2) for _ in range(lines)])
    ReserveStockHandler(counted.store, MemoryStockLock())(message)
    sold, freed = (hold.order_id for hold in message.holds)
    confirm = ConfirmReservation(trace_id="t", order_id=sold)
    release = ReleaseReservation(trace_id="t", order_id=freed)
    confirming = ConfirmReservationHandler(counted.store)
    releasing = ReleaseReservationHandler(counted.store)
    assert counted.statements(lambda: confirming(confirm)) == 5
    assert counted.statements(lambda: confirming(confirm)) == 2
    assert counted.statements(lambda: releasing(release)) == 5
    assert counted.statements(lambda: releasing(release)) == 2


@contextmanager
def commands_sent(redis: Redis, redis_url: str) -> Iterator[list[str]]:
    """The commands clients send, as MONITOR shows them; what scripts do inside is left out."""
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
    house: House, store: MysqlStockStore, redis: Redis, redis_url: str, lines: int
) -> None:
    telemetry = MemoryTelemetry()
    reserve = ReserveStockHandler(store, RedisStockLock(lambda: redis, telemetry))
    products = [house.stocked(9) for _ in range(lines)]
    reserve(wishes(1, products))  # connects, and loads the two scripts
    with commands_sent(redis, redis_url) as sent:
        reserve(wishes(1, products))
    assert sent == ["EVALSHA", "EVALSHA"]
    assert telemetry.counts == {}
