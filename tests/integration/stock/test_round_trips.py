"""The statements and commands of each request, counted by MySQL and Redis themselves.

Each statement is a round trip. The server does not count the statements of procedures.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.claims import Client, ClientLimits
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_for_client import ReserveForClient, ReserveForClientHandler
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.commands.return_units import ReturnUnits, ReturnUnitsHandler
from gorder.stock.commands.write_off_units import WriteOffUnits, WriteOffUnitsHandler
from gorder.stock.model import Hold
from gorder.stock.ports import Outcomes, Reserve
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler
from gorder.stock.queries.overdue_reservations import (
    OverdueReservations,
    OverdueReservationsHandler,
)
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import ProductQueue, Served, reserved

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


@pytest.fixture
def queue(redis_url: str) -> Iterator[RedisQueue]:
    queue = RedisQueue(lambda: redis_client(redis_url), MemoryTelemetry())
    yield queue
    queue.close()


@pytest.mark.parametrize(("orders", "lines"), [(1, 1), (1, 5), (1, 50), (100, 1), (100, 50)])
def test_a_reservation_of_any_size_is_one_statement_and_no_command(
    database: StockDatabase,
    counted: CountedStore,
    queue: RedisQueue,
    redis: Redis,
    redis_url: str,
    orders: int,
    lines: int,
) -> None:
    command = ReserveStock(holds(orders, [database.stocked(100) for _ in range(lines)]))
    reserve = ReserveStockHandler(store=counted.store, queue=queue)
    with commands_sent(redis, redis_url) as sent:
        assert counted.statements(lambda: reserve(command)) == 1
        assert counted.statements(lambda: reserve(command)) == 1  # repeated
    assert of_the_queue(sent) == []
    assert database.unbalanced() == []


def test_a_refused_reservation_is_one_statement(
    database: StockDatabase, counted: CountedStore
) -> None:
    reserve = ReserveStockHandler(store=counted.store, queue=MemoryQueue())
    soup, bread = database.stocked(0), database.stocked(1)
    for products in ([soup], [bread, soup], ["unknown"], [bread, "unknown"]):
        command = ReserveStock(holds(1, products))
        assert counted.statements(lambda: reserve(command)) == 1  # noqa: B023 - called at once


def test_a_claim_is_one_statement_more_and_a_refusal_is_one(
    database: StockDatabase, counted: CountedStore
) -> None:
    reserve = ReserveForClientHandler(
        claims=counted.store,
        reserve=ReserveStockHandler(store=counted.store, queue=MemoryQueue()),
        limits=ClientLimits(2, 2, 50),
    )
    client, dishes = Client(uuid4().hex, uuid4().hex), [database.stocked(9) for _ in range(50)]
    sold_out = [database.stocked(0)]
    placed = ReserveForClient(client, holds(1, dishes))
    for command, statements in (
        (placed, 2),
        (placed, 2),  # repeated
        (ReserveForClient(client, holds(1, sold_out)), 1),
        (ReserveForClient(client, holds(1, dishes[:1])), 2),
        (ReserveForClient(client, holds(1, dishes[:1])), 1),  # beyond the limit of orders
    ):
        assert counted.statements(lambda: reserve(command)) == statements  # noqa: B023 - called at once


@pytest.mark.parametrize(("units", "more"), [(99, 7), (10, 8)])
def test_a_reservation_that_needs_a_decision_is_some_statements_more(
    database: StockDatabase, counted: CountedStore, units: int, more: int
) -> None:
    """The additional one locks the last units."""
    soup, bread = database.stocked(units), database.stocked(0)
    command = ReserveStock([*holds(10, [soup]), *holds(1, [bread]), *holds(1, [soup])])
    reserve = ReserveStockHandler(store=counted.store, queue=MemoryQueue())
    assert counted.statements(lambda: reserve(command)) == 1 + more
    assert counted.statements(lambda: reserve(command)) == 1


def test_extending_a_hold_is_five_statements(
    database: StockDatabase, counted: CountedStore
) -> None:
    command = ReserveStock(holds(3, [database.stocked(9) for _ in range(2)]))
    reserve = ReserveStockHandler(store=counted.store, queue=MemoryQueue())
    reserve(command)
    longer = ReserveStock([replace(hold, expires_at=LATER) for hold in command.holds])
    assert counted.statements(lambda: reserve(longer)) == 5
    assert counted.statements(lambda: reserve(longer)) == 1
    assert counted.statements(lambda: reserve(command)) == 1


def test_overdue_reservations_are_one_statement_and_the_menu_is_two(counted: CountedStore) -> None:
    overdue = OverdueReservationsHandler(store=counted.store)
    query = OverdueReservations(before=EXPIRES, limit=100)
    assert counted.statements(lambda: overdue(query)) == 2  # and a COMMIT
    menu = ListMenuHandler(store=counted.store, telemetry=MemoryTelemetry())
    assert counted.statements(lambda: menu(ListMenu())) == 3


@pytest.mark.parametrize("lines", [1, 50])
def test_settling_is_one_statement(
    database: StockDatabase, counted: CountedStore, lines: int
) -> None:
    sold, freed = holds(2, [database.stocked(2) for _ in range(lines)])
    ReserveStockHandler(store=counted.store, queue=MemoryQueue())(ReserveStock([sold, freed]))
    confirm = ConfirmReservationHandler(store=counted.store)
    release = ReleaseReservationHandler(store=counted.store)
    early = ReleaseReservation(freed.order_id, overdue_at=EXPIRES)
    for command in (
        lambda: release(early),  # refused
        *(lambda: confirm(ConfirmReservation(sold.order_id)),) * 2,
        *(lambda: release(ReleaseReservation(freed.order_id)),) * 2,
        lambda: release(ReleaseReservation("unknown")),
    ):
        assert counted.statements(command) == 1
    assert database.unbalanced() == []


@pytest.mark.parametrize("lines", [1, 50])
def test_the_way_back_takes_one_transaction(
    database: StockDatabase, counted: CountedStore, lines: int
) -> None:
    returned, wasted, other = holds(3, [database.stocked(2) for _ in range(lines)])
    store = counted.store
    reserve = ReserveStockHandler(store=store, queue=MemoryQueue())
    confirm = ConfirmReservationHandler(store=store)
    release = ReleaseReservationHandler(store=store)
    give_back = ReturnUnitsHandler(store=store)
    write_off = WriteOffUnitsHandler(store=store)
    reserve(ReserveStock([returned, wasted]))
    confirm(ConfirmReservation(wasted.order_id))
    release(ReleaseReservation(returned.order_id))
    reserve(ReserveStock([other]))
    take_again = ConfirmReservation(returned.order_id)
    assert counted.statements(lambda: confirm(take_again)) == 4  # refused
    release(ReleaseReservation(other.order_id))
    assert counted.statements(lambda: confirm(take_again)) == 7
    for statements in (5, 2):
        command = ReturnUnits(returned.order_id)
        assert counted.statements(partial(give_back, command)) == statements
    for statements in (4, 2):
        assert counted.statements(partial(write_off, WriteOffUnits(wasted.order_id))) == statements
    assert database.unbalanced() == []


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


class QueueThatUnlocks:
    """A queue, before which another request ends its transaction."""

    def __init__(self, queue: RedisQueue, rival: "Connection[Cursor]") -> None:
        self._queue = queue
        self._rival = rival
        self.contended_product = queue.contended_product

    def reserve(self, product_id: str, holds: Sequence[Hold], serve: Reserve) -> Outcomes | None:
        self._rival.rollback()
        return self._queue.reserve(product_id, holds, serve)


@pytest.mark.parametrize("lines", [1, 50])
def test_a_contended_reservation_is_one_statement_more_and_three_commands(
    database: StockDatabase,
    counted: CountedStore,
    queue: RedisQueue,
    redis: Redis,
    redis_url: str,
    lines: int,
) -> None:
    products = [database.stocked(9) for _ in range(lines)]
    rival = database.connect()
    reserve = ReserveStockHandler(store=counted.store, queue=QueueThatUnlocks(queue, rival))
    with rival.cursor() as cursor, commands_sent(redis, redis_url) as sent:
        cursor.execute("SELECT 1 FROM stock WHERE product_id = %s FOR UPDATE", [products[-1]])
        assert counted.statements(lambda: reserve(ReserveStock(holds(1, products)))) == 2
    # In two round trips, after those that open the connection.
    assert of_the_queue(sent) == ["EVAL", "BLPOP", "EVAL"]
    with commands_sent(redis, redis_url) as sent:
        # The product is remembered, so the next request joins the queue at once.
        assert counted.statements(lambda: reserve(ReserveStock(holds(1, products)))) == 1
    assert of_the_queue(sent) == ["EVAL", "BLPOP", "EVAL"]
    rival.close()
    assert database.unbalanced() == []


def test_a_batch_is_one_statement_and_three_commands_for_all_of_its_requests(
    database: StockDatabase,
    counted: CountedStore,
    queue: RedisQueue,
    redis: Redis,
    redis_url: str,
) -> None:
    soup = database.stocked(99)
    reserve = ReserveStockHandler(store=counted.store, queue=queue)
    connect(queue, soup)
    waiting = ProductQueue(redis, soup)
    for hold in holds(50, [soup]):
        waiting.add(hold)
    with commands_sent(redis, redis_url) as sent:
        assert counted.statements(lambda: reserve(ReserveStock(holds(1, [soup])))) == 1
    assert of_the_queue(sent) == ["EVAL", "BLPOP", "EVAL"]
    assert database.level(soup) == (99, 51)
    assert database.unbalanced() == []


def test_a_request_that_another_one_has_served_is_no_statement_and_two_commands(
    database: StockDatabase,
    counted: CountedStore,
    queue: RedisQueue,
    redis: Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    soup = database.stocked(9)
    [hold] = holds(1, [soup])
    connect(queue, soup)
    request = ProductQueue(redis, soup).answered([reserved(hold)])
    monkeypatch.setattr("gorder.stock.adapters.redis_queue.secrets.token_hex", lambda _: request)
    reserve = ReserveStockHandler(store=counted.store, queue=queue)
    with commands_sent(redis, redis_url) as sent:
        assert counted.statements(lambda: reserve(ReserveStock([hold]))) == 0
    assert of_the_queue(sent) == ["EVAL", "BLPOP"]  # in one round trip


def connect(queue: RedisQueue, product_id: str) -> None:
    """Let the queue open its connection, and remember the product as contended."""
    queue.reserve(product_id, holds(1, [product_id]), Served())
    assert queue.contended_product([product_id])


def of_the_queue(commands: Sequence[str]) -> list[str]:
    """Return the commands without those that open a connection or say which replies it wants."""
    return [command for command in commands if command not in {"AUTH", "HELLO", "CLIENT", "SELECT"}]
