"""Movements are archived while processes are killed, others archive, and buyers order."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gorder.runtime.clock import utc_now
from gorder.stock.adapters import mysql_archive
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Hold, ReservationState
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.audited import STATES, AuditedShop
from tests.integration.stock.test_archive import (
    EXPIRES,
    KEPT,
    LEFT,
    SUMS,
    add_orders,
    archive,
    audits,
    books,
    kinds,
    shop,
)

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

    from gorder.stock.archive import ArchivePlace

pytestmark = pytest.mark.servers

__all__ = ["shop"]


class KilledError(Exception):
    """The process has ended."""


def killed_after(store: MysqlStockStore, statements: int) -> None:
    """Archive on a connection that is lost after so many statements."""

    def run(cursor: "Cursor") -> None:
        sent = 0
        execute, executemany = cursor.execute, cursor.executemany

        def count(send: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*arguments: Any) -> Any:
                nonlocal sent
                if sent == statements:
                    raise KilledError
                sent += 1
                return send(*arguments)

            return counted

        cursor.execute, cursor.executemany = count(execute), executemany  # type: ignore[method-assign]
        mysql_archive.archive(cursor, utc_now() - KEPT, None, 500)

    store.in_transaction(run)


@pytest.mark.parametrize("statements", range(12))
def test_a_process_that_is_killed_loses_and_counts_nothing(
    shop: AuditedShop, statements: int
) -> None:
    before = books(shop)
    try:
        killed_after(shop.store, statements)
    except KilledError:
        assert kinds(shop, "confirmed") == {"reserved", "confirmed"}
    assert books(shop) == before
    assert audits(shop) == []

    archive(shop.store)

    assert {order_id: kinds(shop, order_id) for order_id in STATES} == LEFT
    assert books(shop) == before
    assert audits(shop) == []


class Crowd:
    """Threads that archive, audit and buy at the same time."""

    def __init__(self, stores: Callable[..., MysqlStockStore]) -> None:
        self._stores = stores
        self._ended = threading.Event()
        self.failures: list[Any] = []

    def run(self) -> None:
        """Return when both archives are done."""
        archives = [self._thread(self._archive) for _ in range(2)]
        others = [self._thread(work) for work in (self._audit, self._buy)]
        for thread in archives:
            thread.join(120)
        self._ended.set()
        for thread in others:
            thread.join(120)

    def _thread(self, work: Callable[[MysqlStockStore], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=[work])
        thread.start()
        return thread

    def _guarded(self, work: Callable[[MysqlStockStore], None]) -> None:
        try:
            work(self._stores(budget_seconds=20))
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            self.failures.append(error)

    def _archive(self, store: MysqlStockStore) -> None:
        place = store.archive(utc_now() - KEPT, None, 40).following
        while place is not None:
            place = store.archive(utc_now() - KEPT, place, 40).following

    def _audit(self, store: MysqlStockStore) -> None:
        while not self._ended.is_set():
            handler = AuditStockHandler(store, MemoryTelemetry())
            self.failures.extend(handler(AuditStock(full=True)))

    def _buy(self, store: MysqlStockStore) -> None:
        n = 0
        while not self._ended.is_set():
            n += 1
            store.try_hold([Hold(f"new-{n}", {"tea": 1}, EXPIRES)], wait=True)
            store.try_settle(f"new-{n}", ReservationState.RELEASED)


def test_two_archives_and_audits_and_buyers_at_once(
    shop: AuditedShop, stores: Callable[..., MysqlStockStore]
) -> None:
    """Each batch is small, so that they meet."""
    add_orders(shop.database, 1500)
    before = shop.database.rows(SUMS)
    assert audits(shop) == []
    crowd = Crowd(stores)

    crowd.run()

    assert crowd.failures == []
    assert audits(shop) == []
    after = shop.database.rows(SUMS)
    assert [row for row in after if row[0] != "tea"] == [row for row in before if row[0] != "tea"]
    assert shop.database.rows("SELECT 1 FROM stock_movements WHERE reference LIKE 'old-%%'") == []


def test_a_full_audit_adds_up_again_if_movements_are_archived_meanwhile(shop: AuditedShop) -> None:
    store = shop.store
    first = store.add_up(None, 50_000)

    archive(store)

    assert store.replace_checkpoint(first) is None
    kept, actual = store.replace_checkpoint(store.add_up(None, 50_000)) or ({}, {})
    assert kept == actual != {}


def test_a_buyer_does_not_wait_for_a_batch(
    shop: AuditedShop, stores: Callable[..., MysqlStockStore]
) -> None:
    """A batch that is open has locked no row that a new order needs."""
    connection: Connection[Cursor] = shop.database.connect()
    buyer = stores(budget_seconds=0.1)
    with connection.cursor() as cursor:
        connection.commit = lambda: None  # type: ignore[method-assign]
        batch = mysql_archive.archive(cursor, utc_now() - KEPT, None, 500)
        assert batch.movements > 0

        held = buyer.try_hold([Hold("new", {"soup": 1, "bread": 1}, EXPIRES)], wait=True)
        settled = buyer.try_settle("new", ReservationState.CONFIRMED)

    connection.rollback()
    connection.close()
    assert type(held).__name__ == "Held"
    assert settled.settled
    assert audits(shop) == []


def test_batches_begin_where_the_one_before_ended(shop: AuditedShop) -> None:
    place: ArchivePlace | None = None
    counts: list[int] = []
    for _ in range(40):
        batch = shop.store.archive(utc_now() - KEPT, place, 3)
        counts.append(batch.orders)
        place = batch.following
        if place is None:
            break

    assert place is None
    assert sum(counts) == len(STATES) - 1
    assert audits(shop) == []
