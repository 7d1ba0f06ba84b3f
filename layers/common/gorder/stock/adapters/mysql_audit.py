"""What an audit reads and keeps: the tables of migration 0010.

Nothing here locks a row that buyers write. A statement reads a bounded number of movements, and one
snapshot of the database.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_audit_sql import (
    BETWEEN,
    HOLDING,
    MOVED,
    SELECT_BALANCES,
    SELECT_ORDERS,
    SUSPECT,
)
from gorder.stock.adapters.mysql_rows import Row
from gorder.stock.adapters.mysql_transaction import LostRaceError
from gorder.stock.audit import (
    AddedUp,
    Balance,
    LedgerLine,
    LedgerOrder,
    Sums,
)
from gorder.stock.model import Movement
from gorder.stock.ports import StockStoreError

_FIRST: Final = -(2**63)


def advance(cursor: Cursor, limit: int, age: timedelta) -> bool:
    """Add the next old movements to the checkpoint. Sends up to seven statements.

    Reading them with a lock waits for a transaction that has inserted one of them and is open.
    """
    checkpoint = checkpoint_of(cursor, lock=True)
    cursor.execute(
        "SELECT MAX(movement_id), COUNT(*), MIN(IF(occurred_at BETWEEN"
        " UTC_TIMESTAMP(6) - INTERVAL %s SECOND AND UTC_TIMESTAMP(6) + INTERVAL %s SECOND,"
        " movement_id, NULL)) FROM (SELECT movement_id, occurred_at FROM stock_movements"
        " WHERE movement_id > %s ORDER BY movement_id LIMIT %s) m",
        [age.total_seconds(), age.total_seconds(), checkpoint, limit],
    )
    [(last, count, first_young)] = cursor.fetchall()
    end = last if first_young is None else first_young - 1
    if end is None or end <= checkpoint:
        cursor.connection.commit()
        return False
    sums = sums_between(cursor, checkpoint, end, "LOCK IN SHARE MODE")
    _suspect(cursor, MOVED, checkpoint, end)
    add_sums(cursor, sums)
    cursor.execute("UPDATE stock_audit SET movement_id = %s WHERE audit_id = 1", [end])
    cursor.connection.commit()
    return first_young is None and count == limit


def suspect_recent(cursor: Cursor, after: int | None, limit: int) -> int | None:
    """Keep the suspects of a page of movements after the checkpoint. Sends three statements."""
    start = checkpoint_of(cursor) if after is None else after
    last, is_full = _page(cursor, "stock_movements", "movement_id", start, limit)
    if last is not None:
        _suspect(cursor, MOVED, start, last)
    cursor.connection.commit()
    return int(last) if is_full else None


def suspect_held(cursor: Cursor) -> None:
    """Keep the suspects among the holds. Sends one statement."""
    _suspect(cursor, HOLDING)
    cursor.connection.commit()


def suspect_any(cursor: Cursor, limit: int) -> bool:
    """Keep the suspects of a page of orders by id. Sends five statements.

    A page ends where that of the reservations or that of the movements ends first.
    """
    cursor.execute("SELECT walked_to FROM stock_audit WHERE audit_id = 1 FOR UPDATE")
    [(start,)] = cursor.fetchall()
    pages = [
        _page(cursor, "reservations", "order_id", start, limit),
        _page(cursor, "stock_movements", "reference", start, limit),
    ]
    full = [str(last) for last, is_full in pages if is_full]
    ends = full or [str(last) for last, _ in pages if last is not None]
    if ends:
        end = min(full) if full else max(ends)
        _suspect(cursor, BETWEEN, start, end, start, end)
    walked_to = min(full) if full else ""
    cursor.execute("UPDATE stock_audit SET walked_to = %s WHERE audit_id = 1", [walked_to])
    cursor.connection.commit()
    return bool(full)


def suspects(cursor: Cursor, limit: int) -> list[LedgerOrder]:
    """Select the suspects, and in one snapshot all that they have. Sends two statements."""
    cursor.execute("SELECT order_id FROM suspect_orders ORDER BY order_id LIMIT %s", [limit])
    found: dict[str, list[Row]] = {order_id: [] for (order_id,) in cursor.fetchall()}
    if found:
        cursor.execute(SELECT_ORDERS, [list(found), list(found)])
        for row in cursor.fetchall():
            found[row[0]].append(row[1:])
    cursor.connection.commit()
    return [_order(order_id, rows) for order_id, rows in found.items()]


def acquit(cursor: Cursor, order_ids: Collection[str]) -> None:
    """Delete suspects. Sends one statement."""
    if order_ids:
        cursor.execute("DELETE FROM suspect_orders WHERE order_id IN %s", [sorted(order_ids)])
    cursor.connection.commit()


def balances(cursor: Cursor) -> list[Balance]:
    """Compare units with the checkpoint and the movements after it. Sends three statements.

    Raises:
        LostRaceError: another audit has moved the checkpoint meanwhile.
    """
    checkpoint = checkpoint_of(cursor)
    cursor.execute(SELECT_BALANCES, [checkpoint])
    rows = cursor.fetchall()
    if checkpoint_of(cursor) != checkpoint:
        raise LostRaceError("the checkpoint was moved since it was read")
    cursor.connection.commit()
    return [to_balance(row) for row in rows]


def add_up(cursor: Cursor, before: AddedUp | None, limit: int) -> AddedUp:
    """Add up a page of movements before the checkpoint, and one of lines. Sends up to seven.

    The archive is read before the page: movements that are archived in between are in neither, and
    `is_current` sees that the archive has other sums.
    """
    if before is None:
        repair, archived = last_repair(cursor), kept_sums(cursor, "archived_movements")
        before = AddedUp(archived, _FIRST, more=True, repair=repair, archived=archived)
    checkpoint = checkpoint_of(cursor)
    last, is_full = _page(cursor, "stock_movements", "movement_id", before.last, limit)
    end = min(last, checkpoint) if is_full else checkpoint
    sums = Counter(before.sums)
    sums.update(sums_between(cursor, before.last, end))
    order, more_orders = _page(cursor, "reservations", "order_id", before.last_order, limit)
    marked = Counter(before.marked)
    if order is not None:
        marked.update(_marked_between(cursor, before.last_order, order))
    cursor.connection.commit()
    return replace(
        before,
        sums=sums,
        last=end,
        more=end < checkpoint or more_orders,
        marked=marked,
        last_order=order or before.last_order,
    )


def _marked_between(cursor: Cursor, after: str, until: str) -> Sums:
    """Return the sums of the lines of these orders, by their archived kinds."""
    cursor.execute(
        "SELECT product_id, archived, CAST(SUM(quantity) AS SIGNED)"
        " FROM reservations FORCE INDEX (PRIMARY)"
        " WHERE order_id > %s AND order_id <= %s AND archived <> ''"
        " GROUP BY product_id, archived",
        [after, until],
    )
    marked: Counter[tuple[str, str]] = Counter()
    for product_id, kinds, units in cursor.fetchall():
        marked.update({(product_id, kind): units for kind in kinds.split(",")})
    return marked


def last_repair(cursor: Cursor) -> int:
    """Return the number of the last repair, or 0. Sends one statement."""
    cursor.execute("SELECT COALESCE(MAX(repair_number), 0) FROM stock_repairs")
    [(number,)] = cursor.fetchall()
    return int(number)


def is_current(cursor: Cursor, added_up: AddedUp) -> bool:
    """Return whether no movement was repaired or archived since. Sends two statements.

    Call it under the lock of the checkpoint.
    """
    return (
        last_repair(cursor) == added_up.repair
        and kept_sums(cursor, "archived_movements") == added_up.archived
    )


def replace_checkpoint(cursor: Cursor, added_up: AddedUp) -> tuple[Sums, Sums] | None:
    """Replace all sums but those of contradicted archives. Sends up to seven statements."""
    checkpoint = checkpoint_of(cursor, lock=True)
    if not is_current(cursor, added_up):
        cursor.connection.commit()
        return None
    actual = Counter(added_up.sums)
    actual.update(sums_between(cursor, added_up.last, checkpoint))
    kept = kept_sums(cursor, "stock_checkpoints")
    if contradicted := added_up.contradicted:
        actual = Counter(
            {key: units for key, units in actual.items() if key[0] not in contradicted}
        )
        actual.update({key: units for key, units in kept.items() if key[0] in contradicted})
    if kept != actual:
        cursor.execute("DELETE FROM stock_checkpoints")
        add_sums(cursor, actual)
    cursor.connection.commit()
    return kept, actual


def to_balance(row: Row) -> Balance:
    """Return the balance of a row of `_BALANCES`."""
    product_id, in_catalogue, in_stock, *units, _later, _sources = row
    return Balance(product_id, bool(in_catalogue), bool(in_stock), *map(int, units))


def kept_sums(cursor: Cursor, table: str) -> Sums:
    """Return the rows of `stock_checkpoints` or of `archived_movements`. Sends one statement."""
    cursor.execute(f"SELECT product_id, kind, quantity FROM {table}")  # noqa: S608 - one of two tables
    return {(product_id, kind): quantity for product_id, kind, quantity in cursor.fetchall()}


def checkpoint_of(cursor: Cursor, *, lock: bool = False) -> int:
    """Return the last movement that the checkpoint has. Sends one statement.

    With `lock`, no audit moves it, nothing is archived and no other repair runs until the
    transaction ends.

    Raises:
        StockStoreError: the row is missing.
    """
    query = "SELECT movement_id FROM stock_audit WHERE audit_id = 1"
    cursor.execute(f"{query} FOR UPDATE" if lock else query)
    if (row := cursor.fetchone()) is None:
        raise StockStoreError("`stock_audit` has no row: insert (1, 0, '') and run a full audit")
    return int(row[0])


def _page(cursor: Cursor, table: str, column: str, start: object, limit: int) -> tuple[Any, bool]:
    """Return the last value of a page of rows after `start`, and whether the page is full."""
    cursor.execute(
        f"SELECT MAX({column}), COUNT(*) FROM (SELECT {column} FROM {table}"  # noqa: S608 - made of constants
        f" WHERE {column} > %s ORDER BY {column} LIMIT %s) p",
        [start, limit],
    )
    [(last, count)] = cursor.fetchall()
    return last, count == limit


def _suspect(cursor: Cursor, orders: str, *arguments: object) -> None:
    cursor.execute(SUSPECT.replace("{orders}", orders), 2 * arguments)


def sums_between(cursor: Cursor, after: int, until: int, lock: str = "") -> Sums:
    cursor.execute(
        "SELECT product_id, kind, CAST(SUM(quantity) AS SIGNED) FROM stock_movements"  # noqa: S608 - made of constants
        f" FORCE INDEX (PRIMARY) WHERE movement_id > %s AND movement_id <= %s"
        f" GROUP BY product_id, kind {lock}",
        [after, until],
    )
    return {(product_id, kind): units for product_id, kind, units in cursor.fetchall()}


def add_sums(cursor: Cursor, sums: Sums) -> None:
    cursor.executemany(
        "INSERT INTO stock_checkpoints (product_id, kind, quantity) VALUES (%s, %s, %s)"
        " ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
        [(*key, units) for key, units in sorted(sums.items())],
    )


def _order(order_id: str, rows: Sequence[Row]) -> LedgerOrder:
    return LedgerOrder(
        order_id,
        lines=[to_line(row) for *row, kind, _ in rows if kind is None],
        movements=[
            Movement(product_id, kind, quantity, occurred_at.replace(tzinfo=UTC))
            for product_id, quantity, *_, kind, occurred_at in rows
            if kind is not None
        ],
    )


def to_line(row: Sequence[Any]) -> LedgerLine:
    """Return a line of a reservation from its columns, in the sequence of `SELECT_ORDERS`."""
    product_id, quantity, state, *times, archived = row
    expires_at, reserved_at, settled_at = map(_utc, times)
    kinds = frozenset(archived.split(",") if archived else ())
    return LedgerLine(product_id, quantity, state, expires_at, reserved_at, settled_at, kinds)


def _utc(time: datetime | None) -> Any:  # noqa: ANN401 - None only for `settled_at`
    return time and time.replace(tzinfo=UTC)
