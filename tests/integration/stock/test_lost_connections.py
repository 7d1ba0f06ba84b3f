"""The stock store when it loses its connection, its server or the response to a commit."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import (
    Held,
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
    StockTransaction,
)
from gorder.stock.refusals import InsufficientStockRefusal
from tests.fakes.reservation_queue import MemoryQueue
from tests.integration.stock.cutting_proxy import CALL, COMMIT, NOTHING_CUT, Cut, cutting_proxy
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.product_queue import wait_until

if TYPE_CHECKING:
    from gorder.stock.model import StockItem

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


def reserve(store: MysqlStockStore, order_id: str, product_id: str, units: int) -> str:
    hold = Hold(order_id, {product_id: units}, EXPIRES)
    handler = ReserveStockHandler(store=store, queue=MemoryQueue())
    (outcome,) = handler(ReserveStock([hold]))
    return "reserved" if isinstance(outcome, Reservation) else outcome.code


def connection_of(database: StockDatabase) -> int:
    """Return the id of the store's connection, the only one besides the test's own."""
    (row,) = database.rows(
        "SELECT id FROM information_schema.processlist"
        " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )
    return int(row[0])


def test_a_connection_killed_while_idle_is_replaced(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup = database.stocked(5)
    assert reserve(store, uuid4().hex, soup, 1) == "reserved"
    database.rows("KILL %s", connection_of(database))
    assert reserve(store, uuid4().hex, soup, 1) == "reserved"
    assert database.level(soup) == (5, 2)
    assert database.unbalanced() == []


def test_a_connection_killed_inside_a_transaction_is_replaced(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup = database.stocked(5)
    kills = [connection_of]

    def work(stock: StockTransaction) -> None:
        stock.receive(receipt, soup, 2)
        if kills:
            database.rows("KILL %s", kills.pop()(database))

    receipt = uuid4().hex
    store.run(work)
    assert database.level(soup) == (7, 0)
    assert database.movements(receipt) == [("received", 2)]


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_call_with_a_lost_response_is_applied_once(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], cut: Cut
) -> None:
    soup, order_id = database.stocked(1), uuid4().hex
    with cutting_proxy(database.url, cut, at=CALL) as proxy:
        store = stores(proxy.url)
        assert reserve(store, order_id, soup, 1) == "reserved"
        assert proxy.cuts == 1, NOTHING_CUT
        proxy.cuts = 0
        outcome = ConfirmReservationHandler(store=store)(ConfirmReservation(order_id))
        assert isinstance(outcome, Reservation)
        assert outcome.state == "confirmed"
        assert proxy.cuts == 1, NOTHING_CUT
        store.close()
    assert database.movements(order_id) == [("reserved", 1), ("confirmed", 1)]
    assert database.level(soup) == (0, 0)
    assert database.unbalanced() == []


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_call_for_several_orders_with_a_lost_response_is_applied_once(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], cut: Cut
) -> None:
    """The last two units are taken by the attempt whose response is lost."""
    soup, order_ids = database.stocked(2), [uuid4().hex, uuid4().hex]
    with cutting_proxy(database.url, cut, at=CALL) as proxy:
        store = stores(proxy.url)
        handler = ReserveStockHandler(store=store, queue=MemoryQueue())
        outcomes = handler(ReserveStock([Hold(each, {soup: 1}, EXPIRES) for each in order_ids]))
        assert [type(outcome) for outcome in outcomes] == [Reservation, Reservation]
        assert proxy.cuts == 1, NOTHING_CUT
        store.close()
    assert database.level(soup) == (2, 2)
    assert database.unbalanced() == []


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_with_a_lost_response_is_applied_once(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], cut: Cut
) -> None:
    soup, order_id = database.stocked(1), uuid4().hex
    with cutting_proxy(database.url, cut, at=COMMIT) as proxy:
        store = stores(proxy.url)
        handler = ReserveStockHandler(store=store, queue=MemoryQueue())
        holds = [Hold(order_id, {soup: 1}, EXPIRES), Hold(uuid4().hex, {soup: 2}, EXPIRES)]
        outcomes = handler(ReserveStock(holds))
        assert [type(outcome) for outcome in outcomes] == [Reservation, InsufficientStockRefusal]
        assert proxy.cuts == 1, NOTHING_CUT
        store.close()
    assert database.movements(order_id) == [("reserved", 1)]
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


def test_an_unreachable_server_raises_unavailable(stores: Callable[..., MysqlStockStore]) -> None:
    store = stores("mysql://user:x@127.0.0.1:1/gorder")
    with pytest.raises(StockStoreUnavailableError, match="cannot connect"):
        store.run(lambda stock: stock.all_items())


def test_a_long_row_lock_raises_contention_and_changes_nothing(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup, order_id = database.stocked(5), uuid4().hex
    store = stores(budget_seconds=0.5)
    blocker = database.connect()
    with blocker.cursor() as cursor:
        cursor.execute("SELECT * FROM stock WHERE product_id = %s FOR UPDATE", [soup])
        with pytest.raises(StockContentionError):
            reserve(store, order_id, soup, 1)
    blocker.rollback()
    assert database.movements(order_id) == []
    assert reserve(store, order_id, soup, 1) == "reserved"
    assert database.level(soup) == (5, 1)
    blocker.close()


def test_a_short_row_lock_is_waited_for(database: StockDatabase, store: MysqlStockStore) -> None:
    soup, order_id = database.stocked(5), uuid4().hex
    outcomes: list[str] = []
    blocker = database.connect()
    with blocker.cursor() as cursor:
        cursor.execute("SELECT * FROM stock WHERE product_id = %s FOR UPDATE", [soup])
        buyer = threading.Thread(target=lambda: outcomes.append(reserve(store, order_id, soup, 1)))
        buyer.start()
        buyer.join(1.3)  # longer than the server lets a statement wait
        assert buyer.is_alive()
    blocker.rollback()
    buyer.join(10)
    assert outcomes == ["reserved"]
    assert database.movements(order_id) == [("reserved", 1)]
    assert database.level(soup) == (5, 1)
    blocker.close()


def test_a_deadlock_is_retried(database: StockDatabase, store: MysqlStockStore) -> None:
    """The store and the test each wait for a row that the other has locked."""
    soup, bread = database.stocked(5), database.stocked(5)
    receipt, waiting = uuid4().hex, threading.Event()
    seen: list[StockItem] = []

    def work(stock: StockTransaction) -> None:
        seen.append(stock.items([soup])[soup])
        stock.receive(receipt, soup, 1)
        waiting.set()
        stock.receive(receipt, bread, 1)

    rival = database.connect()
    with rival.cursor() as cursor:
        # InnoDB rolls back the smaller transaction, which must be the store's.
        cursor.executemany(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
            " VALUES (%s, 'received', %s, 1)",
            [(bread, uuid4().hex) for _ in range(50)],
        )
        cursor.execute("UPDATE stock SET on_hand = on_hand + 50 WHERE product_id = %s", [bread])
        thread = threading.Thread(target=store.run, args=(work,))
        thread.start()
        assert waiting.wait(5), "the store did not start its transaction"
        cursor.execute("UPDATE stock SET on_hand = on_hand + 0 WHERE product_id = %s", [soup])
        rival.commit()
    thread.join(10)
    assert not thread.is_alive()
    rival.close()
    assert len(seen) == 2
    assert (database.level(soup), database.level(bread)) == ((6, 0), (56, 0))
    assert database.unbalanced() == []


def test_a_deadlock_of_a_call_is_retried(database: StockDatabase, store: MysqlStockStore) -> None:
    first, second = sorted([database.stocked(5), database.stocked(5)])
    outcomes: list[object] = []

    def buy() -> None:
        holds = [Hold(uuid4().hex, {first: 1, second: 1}, EXPIRES)]
        outcomes.append(store.try_hold(holds, wait=True))

    rival = database.connect()
    with rival.cursor() as cursor:
        # InnoDB rolls back the smaller transaction, which must be the store's.
        cursor.executemany(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
            " VALUES (%s, 'received', %s, 1)",
            [(second, uuid4().hex) for _ in range(50)],
        )
        cursor.execute("UPDATE stock SET on_hand = on_hand + 50 WHERE product_id = %s", [second])
        thread = threading.Thread(target=buy)
        thread.start()
        wait_until(lambda: database.is_locked(first), "the call did not lock the first row")
        cursor.execute("UPDATE stock SET on_hand = on_hand + 0 WHERE product_id = %s", [first])
        rival.commit()
    thread.join(10)
    rival.close()
    assert [type(outcome) for outcome in outcomes] == [Held]
    assert (database.level(first), database.level(second)) == ((5, 1), (55, 1))
    assert database.unbalanced() == []


def test_a_constraint_violation_is_not_retried(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup, attempts = database.stocked(1), []

    def work(stock: StockTransaction) -> None:
        attempts.append(stock)
        stock.receive(uuid4().hex, soup, -1)

    with pytest.raises(StockStoreError, match="stock_movements_units"):
        store.run(work)
    assert len(attempts) == 1
    assert database.level(soup) == (1, 0)


def test_the_database_refuses_to_oversell_units(database: StockDatabase) -> None:
    soup = database.stocked(1)
    connection = database.connect()
    with connection.cursor() as cursor, pytest.raises(Exception, match="stock_never_oversold"):
        cursor.execute("UPDATE stock SET held = 2 WHERE product_id = %s", [soup])
    connection.close()


def test_no_transaction_stays_open_after_a_request(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup = database.stocked(1)
    reserve(store, uuid4().hex, soup, 9)
    database.rows("SET SESSION lock_wait_timeout = 2")
    database.rows("ALTER TABLE stock COMMENT = 'changed while the store is idle'")
