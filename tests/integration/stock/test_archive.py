"""Old movements are deleted; books, reports and audits stay as they are."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from gorder.runtime.clock import utc_now
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.archive_movements import ArchiveMovements, ArchiveMovementsHandler
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine
from gorder.stock.queries.report_units import ReportUnits, ReportUnitsHandler
from gorder.stock.refusals import ReservationReleased
from gorder.stock.reservation_plan import plan
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.audited import STATES, AuditedShop, settle
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

KEPT = timedelta(minutes=30)  # the shop's orders are an hour old
LINES = tuple(
    ReservedLine(product_id, product_id, 2, Price(f"price_{product_id}", 500, "eur"))
    for product_id in ("bread", "soup")
)
EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
BALANCE = "SELECT product_id, on_hand, held FROM stock ORDER BY product_id"
SUMS = """
    SELECT product_id, kind, SUM(quantity) FROM (
        SELECT product_id, kind, quantity FROM stock_movements
        UNION ALL SELECT product_id, kind, quantity FROM archived_movements
    ) m GROUP BY product_id, kind ORDER BY product_id, kind
"""
CONFIRMED = "reference = 'confirmed' AND kind = 'confirmed'"
MOVE = "INSERT INTO stock_movements (product_id, kind, reference, quantity) VALUES"
LEFT = {
    **dict.fromkeys(("confirmed", "released", "retaken"), frozenset[str]()),
    **dict.fromkeys(("returned", "given-back"), frozenset({"returned"})),
    **dict.fromkeys(("wasted", "wasted-held", "wasted-again"), frozenset({"wasted"})),
    "held": frozenset({"reserved"}),
}
"""The kinds of movements that an order keeps."""


@pytest.fixture
def shop(database: StockDatabase) -> Iterator[AuditedShop]:
    shop = AuditedShop(database)
    shop.grow_old()
    yield shop
    shop.store.close()


def archive(store: MysqlStockStore, kept: timedelta = KEPT) -> MemoryTelemetry:
    telemetry = MemoryTelemetry()
    ArchiveMovementsHandler(store, kept, timedelta(minutes=1), utc_now, telemetry)(
        ArchiveMovements()
    )
    return telemetry


def kinds(shop: AuditedShop, order_id: str) -> set[str]:
    return {kind for kind, _ in shop.database.movements(order_id)}


def books(shop: AuditedShop) -> tuple[object, ...]:
    """Return what has to stay the same."""
    begin, end = utc_now() - timedelta(days=2), utc_now() + timedelta(days=1)
    units = ReportUnitsHandler(shop.store)(ReportUnits(begin, end))
    return shop.database.rows(BALANCE), shop.database.rows(SUMS), units


def audits(shop: AuditedShop) -> list[Any]:
    return [*shop.audit(full=True), *shop.audit()]


def reservation(order_id: str, state: str = "held") -> Reservation:
    return Reservation(order_id, LINES, EXPIRES, ReservationState(state))


def test_old_movements_go_and_the_books_stay(shop: AuditedShop) -> None:
    before = books(shop)

    telemetry = archive(shop.store)

    assert {order_id: kinds(shop, order_id) for order_id in STATES} == LEFT
    assert books(shop) == before
    assert audits(shop) == []
    deleted = telemetry.counts["MovementsArchived"]
    assert deleted == 2 * sum(
        2 + 2 * ("released" in s and "confirmed" in s)
        for s in (states for states in STATES.values() if states)
    )
    assert books(shop) == before


def test_it_can_be_repeated(shop: AuditedShop) -> None:
    archive(shop.store)
    before = rows(shop)

    telemetry = archive(shop.store)

    assert telemetry.counts["MovementsArchived"] == 0
    assert rows(shop) == before


def rows(shop: AuditedShop) -> list[list[tuple[Any, ...]]]:
    tables = ("archived_movements", "reservations", "stock_movements")
    return [shop.database.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - constants


def test_young_movements_and_those_after_the_checkpoint_stay(shop: AuditedShop) -> None:
    assert archive(shop.store, timedelta(hours=2)).counts["MovementsArchived"] == 0
    shop.database.rows("UPDATE stock_audit SET movement_id = 0")
    shop.database.rows("DELETE FROM stock_checkpoints")

    assert archive(shop.store).counts["MovementsArchived"] == 0


def test_an_order_that_was_settled_lately_stays(shop: AuditedShop) -> None:
    shop.store.run(
        partial(settle, reservation("confirmed", "returned"), ReservationState.CONFIRMED)
    )

    archive(shop.store)

    assert kinds(shop, "confirmed") == {"reserved", "confirmed", "returned"}
    assert kinds(shop, "released") == set()


@pytest.mark.parametrize(
    "corruption",
    [
        "UPDATE reservations SET state = 'released' WHERE order_id = 'confirmed'",
        "UPDATE reservations SET quantity = 1 WHERE order_id = 'confirmed'",
        "DELETE FROM reservations WHERE order_id = 'confirmed' AND product_id = 'soup'",
        "DELETE FROM stock_movements WHERE reference = 'confirmed' AND kind = 'confirmed'",
        f"UPDATE stock_movements SET kind = 'ghost' WHERE {CONFIRMED}",  # noqa: S608 - a constant
        "INSERT INTO suspect_orders (order_id) VALUES ('confirmed')",
        "UPDATE stock_movements SET booked_by = 'ann' WHERE reference = 'confirmed'",
    ],
)
def test_an_order_that_an_audit_has_to_look_at_stays(shop: AuditedShop, corruption: str) -> None:
    if "ghost" in corruption:
        shop.database.rows("ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_known_kind")
    shop.database.rows(corruption)
    moved = shop.database.movements("confirmed")

    archive(shop.store)

    assert shop.database.movements("confirmed") == moved
    assert kinds(shop, "released") == set()
    if "ghost" in corruption:
        shop.database.rows("DELETE FROM stock_movements WHERE kind = 'ghost'")


@pytest.mark.parametrize(
    "corruption",
    [
        "UPDATE reservations SET state = 'held', settled_at = NULL WHERE order_id = 'confirmed'",
        "UPDATE reservations SET state = 'released' WHERE order_id = 'confirmed'",
        "UPDATE reservations SET state = 'confirmed' WHERE order_id = 'released'",
        "UPDATE reservations SET state = 'returned' WHERE order_id = 'confirmed'",
        "UPDATE reservations SET state = 'confirmed' WHERE order_id = 'returned'",
        "UPDATE reservations SET settled_at = NULL WHERE order_id = 'confirmed'",
        "UPDATE reservations SET settled_at = NOW(6) WHERE order_id = 'returned'",
        "UPDATE reservations SET archived = NULL WHERE order_id = 'confirmed'",
        "UPDATE reservations SET archived = 'reserved' WHERE order_id = 'confirmed'",
        "UPDATE reservations SET quantity = 1 WHERE order_id = 'wasted'",
        "DELETE FROM reservations WHERE order_id = 'wasted'",
        "UPDATE reservations SET expires_at = NOW(6) WHERE order_id = 'confirmed' LIMIT 1",
        f"{MOVE} ('soup', 'confirmed', 'confirmed', 2)",
        f"{MOVE} ('soup', 'wasted', 'confirmed', 2)",
        "UPDATE archived_movements SET quantity = quantity + 1 WHERE kind = 'confirmed' LIMIT 1",
        "DELETE FROM archived_movements WHERE kind = 'released'",
    ],
)
def test_a_corruption_of_what_is_archived_is_found(shop: AuditedShop, corruption: str) -> None:
    archive(shop.store)
    shop.database.rows(corruption)

    assert shop.audit(full=True) != []


@pytest.mark.parametrize("after", ["returned", "wasted"])
def test_units_of_an_archived_order_come_back_or_are_wasted(shop: AuditedShop, after: str) -> None:
    archive(shop.store)

    shop.store.run(partial(settle, reservation("confirmed", after), ReservationState.CONFIRMED))

    assert audits(shop) == []
    assert kinds(shop, "confirmed") == {after}
    shop.database.rows("UPDATE stock_movements SET quantity = 1 WHERE reference = 'confirmed'")
    assert "order confirmed" in shop.subjects()


def test_an_archived_order_is_paid_after_all(shop: AuditedShop) -> None:
    archive(shop.store)

    shop.store.run(partial(settle, reservation("released", "confirmed"), ReservationState.RELEASED))

    assert audits(shop) == []
    assert kinds(shop, "released") == {"retaken", "confirmed"}


def test_a_repeated_request_for_an_archived_order_holds_nothing(shop: AuditedShop) -> None:
    archive(shop.store)
    before = books(shop)
    for order_id in STATES:
        for products in ({"bread": 2, "soup": 2}, {"tea": 1}, {"soup": 2}):
            hold = Hold(order_id, products, EXPIRES)
            attempts = [[hold], [hold, Hold("unknown", {"ghost": 1}, EXPIRES)]]
            for holds in attempts:
                found = shop.store.try_hold(holds, wait=True)
                assert type(found).__name__ == "NotHeld"

    stored = shop.store.run(lambda stock: stock.reservations(["released"]))
    [refusal] = plan([Hold("released", {"bread": 2, "soup": 2}, EXPIRES)], {}, stored).outcomes
    assert isinstance(refusal, ReservationReleased)
    assert books(shop) == before


def add_orders(database: StockDatabase, count: int) -> None:
    """Insert orders that were sold two hours ago, each with a soup."""
    at = "UTC_TIMESTAMP(6) - INTERVAL 2 HOUR"
    for begin in range(0, count, 500):
        ids = [f"old-{n}" for n in range(begin, min(begin + 500, count))]
        database.rows(
            "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"  # noqa: S608 - constants
            " price_id, unit_amount, currency, reserved_at, settled_at) VALUES "
            + ", ".join(
                f"('{each}', 'soup', 1, 'confirmed', '2026-12-01', 'N', 'p', 1, 'eur', {at}, {at})"
                for each in ids
            )
        )
        for kind in ("reserved", "confirmed"):
            database.rows(
                "INSERT INTO stock_movements (product_id, kind, reference, quantity, occurred_at)"  # noqa: S608 - constants
                " VALUES " + ", ".join(f"('soup', '{kind}', '{each}', 1, {at})" for each in ids)
            )
    database.rows(
        "INSERT INTO stock_movements (product_id, kind, reference, quantity, occurred_at)"  # noqa: S608 - constants
        f" VALUES ('soup', 'received', 'for-{count}', %s, {at})",
        count,
    )
    while MysqlStockStore(database.connect).advance(5000, timedelta(minutes=15)):
        pass


def test_a_run_without_time_says_for_how_long_others_are_overdue(shop: AuditedShop) -> None:
    add_orders(shop.database, 600)
    telemetry = MemoryTelemetry()
    handler = ArchiveMovementsHandler(shop.store, KEPT, timedelta(), utc_now, telemetry)

    handler(ArchiveMovements())

    [overdue] = gauges(telemetry)
    assert 0 < overdue < 1
    assert gauges(archive(shop.store)) == [0]


def gauges(telemetry: MemoryTelemetry) -> Sequence[float]:
    return [telemetry.gauges["MovementsOverdueDays"]]
