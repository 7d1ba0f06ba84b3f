"""The audit at work: with buyers, an open transaction, much history, and little time."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Hold
from gorder.stock.ports import StockContentionError
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.audited import AuditedShop, receive
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_way_back import OneOrder

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

pytestmark = pytest.mark.servers

NOW = timedelta(0)
EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def shop(database: StockDatabase) -> Iterator[AuditedShop]:
    shop = AuditedShop(database)
    yield shop
    shop.store.close()


def checkpoint(shop: AuditedShop) -> int:
    [(movement_id,)] = shop.database.rows("SELECT movement_id FROM stock_audit")
    return int(movement_id)


def last_movement(shop: AuditedShop) -> int:
    [(movement_id,)] = shop.database.rows("SELECT MAX(movement_id) FROM stock_movements")
    return int(movement_id)


def hold(store: MysqlStockStore, order_id: str, product_id: str = "soup") -> None:
    store.try_hold([Hold(order_id, {product_id: 1}, EXPIRES)], wait=True)


def begin_hold(connection: "Connection[Cursor]", order_id: str) -> None:
    """Do what a hold does, without the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"
            " price_id, unit_amount, currency)"
            " VALUES (%s, 'tea', 1, 'held', '2026-12-01', 'Tea', 'price', 1, 'eur')",
            [order_id],
        )
        cursor.execute(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
            " VALUES ('tea', 'reserved', %s, 1)",
            [order_id],
        )
        cursor.execute("UPDATE stock SET held = held + 1 WHERE product_id = 'tea'")


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_checkpoint_does_not_pass_a_transaction_that_is_open(
    shop: AuditedShop, stores: Callable[..., MysqlStockStore], end: str
) -> None:
    """Its movement has a smaller id than others that are visible."""
    shop.store.advance(1000, NOW)
    before = checkpoint(shop)
    slow = shop.database.connect()
    begin_hold(slow, "slow")
    hold(shop.store, "quick")
    auditing = stores(budget_seconds=0.1)

    with pytest.raises(StockContentionError):
        auditing.advance(1000, NOW)
    assert checkpoint(shop) == before
    assert shop.audit() == []

    getattr(slow, end)()
    assert shop.audit() == []
    assert not auditing.advance(1000, NOW)
    assert checkpoint(shop) == last_movement(shop) > before
    assert shop.audit() == shop.audit(full=True) == []
    slow.close()


def test_the_checkpoint_leaves_young_movements_and_those_after_them(shop: AuditedShop) -> None:
    shop.database.rows("UPDATE stock_movements SET occurred_at = occurred_at - INTERVAL 1 HOUR")
    young = last_movement(shop) - 5
    shop.database.rows(
        "UPDATE stock_movements SET occurred_at = UTC_TIMESTAMP(6) WHERE movement_id = %s", young
    )

    while shop.store.advance(7, timedelta(minutes=15)):
        pass

    assert checkpoint(shop) == young - 1


def test_an_audit_of_a_long_history_reads_what_is_new(
    database: StockDatabase, shop: AuditedShop
) -> None:
    """The counted rows do not grow with the history; those of a full audit do."""
    connections: list[Connection[Cursor]] = []

    def connect() -> "Connection[Cursor]":
        connections.append(database.connect())
        return connections[-1]

    store = MysqlStockStore(connect)
    audit = AuditStockHandler(store=store, telemetry=MemoryTelemetry())

    def rows_read(*, full: bool) -> int:
        before = _handler_reads(connections[-1])
        assert audit(AuditStock(full=full)) == []
        return _handler_reads(connections[-1]) - before

    counted = []
    for orders in (500, 4000):
        add_history(database, orders)
        shop.grow_old()
        for n in range(10):
            hold(shop.store, f"new-{orders}-{n}")
        store.balances()  # connects
        counted.append((rows_read(full=False), rows_read(full=True)))
        for n in range(10):  # open orders are read by every audit
            OneOrder(store, {"soup": 1}, f"new-{orders}-{n}").run("release")
    store.close()

    (few, few_of_all), (many, many_of_all) = counted
    assert abs(many - few) < 100, counted
    assert many_of_all > few_of_all + 4000 * 4, counted


def _handler_reads(connection: "Connection[Cursor]") -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(value) for _, value in cursor.fetchall())


def add_history(database: StockDatabase, orders: int) -> None:
    """Insert orders that were released, each with two lines."""
    digits = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
    ids = (
        f"SELECT CONCAT('history-{orders}-', a.d, b.d, c.d, e.d) AS id"  # noqa: S608 - made of constants
        f" FROM ({digits}) a, ({digits}) b, ({digits}) c, ({digits}) e LIMIT {orders}"
    )
    products = "SELECT 'bread' AS product_id UNION ALL SELECT 'soup'"
    database.rows(
        "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"  # noqa: S608 - made of constants
        " price_id, unit_amount, currency, settled_at)"
        " SELECT i.id, p.product_id, 1, 'released', '2026-12-01', 'N', 'price', 1, 'eur', NOW(6)"
        f" FROM ({ids}) i, ({products}) p"
    )
    for kind in ("reserved", "released"):
        database.rows(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity)"  # noqa: S608 - made of constants
            f" SELECT p.product_id, '{kind}', i.id, 1 FROM ({ids}) i, ({products}) p"
        )


class AtWork:
    """Threads that buy, receive and audit until they are stopped."""

    def __init__(self, stores: Callable[..., MysqlStockStore]) -> None:
        self._stores = stores
        self._ended = threading.Event()
        self.failures: list[Any] = []

    def run(self, seconds: float) -> None:
        workers = [partial(self._buy, n) for n in range(3)]
        threads = [
            threading.Thread(target=self._repeat, args=[work])
            for work in (*workers, self._audit, self._audit)
        ]
        for thread in threads:
            thread.start()
        self._ended.wait(seconds)
        self._ended.set()
        for thread in threads:
            thread.join(60)

    def _repeat(self, work: Callable[[MysqlStockStore, int], None]) -> None:
        store, n = self._stores(), 0
        try:
            while not self._ended.is_set():
                n += 1
                work(store, n)
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            self.failures.append(error)

    def _buy(self, name: int, store: MysqlStockStore, n: int) -> None:
        order_id, product_id = f"order-{name}-{n}", ("bread", "soup")[n % 2]
        hold(store, order_id, product_id)
        order = OneOrder(store, {product_id: 1}, order_id)
        for command in ("", "confirm", "release", "release confirm", "confirm return")[
            n % 5
        ].split():
            order.run(command)
        store.run(partial(receive, order_id, product_id, 1))

    def _audit(self, store: MysqlStockStore, _n: int) -> None:
        handler = AuditStockHandler(store, MemoryTelemetry())
        self.failures.extend(handler(AuditStock()))
        self.failures.extend(handler(AuditStock(full=True)))
        move_checkpoint(store)


def test_buyers_and_staff_at_work_cause_no_finding(
    shop: AuditedShop, stores: Callable[..., MysqlStockStore]
) -> None:
    """Audits run at the same time, and the checkpoint moves."""
    at_work = AtWork(stores)
    at_work.run(8)

    assert at_work.failures == []
    assert checkpoint(shop) > 0
    assert shop.audit() == shop.audit(full=True) == []


def move_checkpoint(store: MysqlStockStore) -> None:
    try:
        store.advance(50, timedelta(seconds=1))
    except StockContentionError:
        """The other audit moves it."""


def test_a_full_audit_without_time_continues_where_it_ended(shop: AuditedShop) -> None:
    shop.database.rows("DELETE FROM reservations WHERE order_id = 'wasted'")
    telemetry, now = MemoryTelemetry(), [0.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    found: set[str] = set()
    for _ in range(20):
        handler = AuditStockHandler(shop.store, telemetry, reading_seconds=4.5, clock=clock, page=6)
        kinds = {finding.kind for finding in handler(AuditStock(full=True))}
        found |= kinds
        if "audit_incomplete" not in kinds:
            break

    assert {"audit_incomplete", "reservation_missing"} <= found
    assert kinds == {"reservation_missing"}
    assert shop.database.rows("SELECT walked_to FROM stock_audit") == [("",)]


def test_a_finding_stays_when_the_checkpoint_passes_it_and_ends_when_it_is_repaired(
    shop: AuditedShop,
) -> None:
    shop.database.rows(
        "UPDATE reservations SET state = 'released'"
        " WHERE order_id = 'confirmed' AND product_id = 'soup'"
    )
    expected = {"movements_differ", "states_differ"}
    for _ in range(2):
        shop.store.advance(1000, NOW)
        assert {finding.kind for finding in shop.audit()} == expected

    shop.database.rows("UPDATE reservations SET state = 'confirmed' WHERE order_id = 'confirmed'")

    assert shop.audit() == []
    assert shop.database.rows("SELECT * FROM suspect_orders") == []


def test_movements_of_staff_are_added_up(shop: AuditedShop) -> None:
    """Of a release that books them, on a schema that allows them."""
    for (name,) in shop.database.rows(
        "SELECT constraint_name FROM information_schema.check_constraints"
        " WHERE constraint_schema = DATABASE() AND constraint_name LIKE 'stock_movements%%kind%%'"
    ):
        shop.database.rows(f"ALTER TABLE stock_movements DROP CONSTRAINT {name}")
    for kind, units in (("restocked", 1), ("counted_up", 2), ("discarded", 4), ("counted_down", 8)):
        shop.database.rows(
            "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
            " VALUES ('tea', %s, 'staff', %s)",
            kind,
            units,
        )
    assert {finding.subject for finding in shop.audit()} == {"product tea"}

    shop.database.rows(
        "UPDATE stock SET on_hand = on_hand + 1 + 2 - 4 - 8 WHERE product_id = 'tea'"
    )

    assert shop.audit() == shop.audit(full=True) == []
