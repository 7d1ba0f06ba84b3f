"""Delete old movements and keep their sums: the tables of migration 0012.

Buyers lock neither these movements nor these reservations, but for an order that is paid or
refunded after all, which waits for one batch.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_audit import checkpoint_of, to_line
from gorder.stock.adapters.mysql_rows import Row, naive_utc
from gorder.stock.adapters.mysql_transaction import LostRaceError
from gorder.stock.archive import ARCHIVED_KINDS, ArchivedBatch, ArchivePlace, kinds_to_archive
from gorder.stock.audit import LedgerOrder
from gorder.stock.bookings import STAFF_EFFECTS
from gorder.stock.model import Movement

_FIRST: Final = ArchivePlace(datetime(1000, 1, 1, tzinfo=UTC), -(2**63))
# Every order has such a movement, and an archived order has none any more.
_SELECT_OLD: Final = """
    SELECT occurred_at, movement_id, reference
    FROM stock_movements FORCE INDEX (stock_movements_by_time)
    WHERE kind = 'reserved' AND occurred_at < %s AND occurred_at >= %s
      AND (occurred_at > %s OR movement_id > %s)
    ORDER BY occurred_at, movement_id LIMIT %s
"""
_SELECT_LINES: Final = """
    SELECT order_id, product_id, quantity, state, expires_at, reserved_at, settled_at, archived
    FROM reservations FORCE INDEX (PRIMARY) WHERE order_id IN %s
    ORDER BY order_id, product_id FOR UPDATE
"""
_SELECT_MOVEMENTS: Final = """
    SELECT reference, product_id, kind, quantity, occurred_at, movement_id, booked_by IS NOT NULL
    FROM stock_movements FORCE INDEX (stock_movements_once)
    WHERE reference IN %s AND kind NOT IN %s FOR UPDATE
"""


def archive(
    cursor: Cursor, before: datetime, after: ArchivePlace | None, limit: int
) -> ArchivedBatch:
    """Archive the orders of the next `limit` movements. Sends up to ten statements.

    The lock of the checkpoint keeps a second batch and an audit that replaces the sums waiting.
    """
    checkpoint = checkpoint_of(cursor, lock=True)
    place = after or _FIRST
    since = naive_utc(place.occurred_at)
    cursor.execute(_SELECT_OLD, [naive_utc(before), since, since, place.movement_id, limit])
    old = cursor.fetchall()
    orders, movements = 0, 0
    if order_ids := sorted({reference for _, _, reference in old}):
        orders, movements = _archive_orders(cursor, order_ids, before, checkpoint)
    cursor.connection.commit()
    if len(old) < limit:
        return ArchivedBatch(orders, movements, following=None)
    occurred_at, movement_id, _ = old[-1]
    following = ArchivePlace(occurred_at.replace(tzinfo=UTC), movement_id)
    return ArchivedBatch(orders, movements, following)


def _archive_orders(
    cursor: Cursor, order_ids: Collection[str], before: datetime, checkpoint: int
) -> tuple[int, int]:
    lines, moved = _locked(cursor, order_ids)
    cursor.execute("SELECT order_id FROM suspect_orders WHERE order_id IN %s", [order_ids])
    suspects = {order_id for (order_id,) in cursor.fetchall()}
    by_kinds: dict[frozenset[str], list[str]] = {}
    archived: list[Row] = []
    for order_id in order_ids:
        own = moved[order_id]
        if order_id in suspects or not all(map(_may_go, own, [checkpoint] * len(own))):
            continue
        kinds = kinds_to_archive(_order(order_id, lines[order_id], own), before)
        if kinds:
            by_kinds.setdefault(kinds, []).append(order_id)
            archived += [row for row in own if row[1] in kinds]
    if archived:
        _add(cursor, archived)
        _mark(cursor, by_kinds)
        _delete(cursor, [movement_id for *_, movement_id, _ in archived])
    return sum(map(len, by_kinds.values())), len(archived)


def _locked(
    cursor: Cursor, order_ids: Collection[str]
) -> tuple[defaultdict[str, list[Row]], defaultdict[str, list[Row]]]:
    """Return the lines and the movements by order. Reservations are locked first, as by buyers."""
    lines, moved = defaultdict[str, list[Row]](list), defaultdict[str, list[Row]](list)
    cursor.execute(_SELECT_LINES, [order_ids])
    for order_id, *line in cursor.fetchall():
        lines[order_id].append(tuple(line))
    cursor.execute(_SELECT_MOVEMENTS, [order_ids, list(STAFF_EFFECTS)])
    for order_id, *movement in cursor.fetchall():
        moved[order_id].append(tuple(movement))
    return lines, moved


def _may_go(row: Row, checkpoint: int) -> bool:
    """Whether the movement is behind the checkpoint, and staff have not signed it.

    A signed one of a kind that is kept stays anyway.
    """
    _, kind, _, _, movement_id, is_signed = row
    return movement_id <= checkpoint and not (is_signed and kind in ARCHIVED_KINDS)


def _order(order_id: str, lines: Sequence[Row], moved: Sequence[Row]) -> LedgerOrder:
    return LedgerOrder(
        order_id,
        lines=[to_line(line) for line in lines],
        movements=[
            Movement(product_id, kind, quantity, occurred_at.replace(tzinfo=UTC))
            for product_id, kind, quantity, occurred_at, *_ in moved
        ],
    )


def _add(cursor: Cursor, archived: Sequence[Row]) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for product_id, kind, quantity, *_ in archived:
        sums[product_id, kind] += quantity
    cursor.executemany(
        "INSERT INTO archived_movements (product_id, kind, quantity) VALUES (%s, %s, %s)"
        " ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
        [(*key, units) for key, units in sorted(sums.items())],
    )


def _mark(cursor: Cursor, by_kinds: dict[frozenset[str], list[str]]) -> None:
    """Keep the kinds with the reservations. An order has one of three sets of them."""
    for kinds, order_ids in by_kinds.items():
        cursor.execute(
            "UPDATE reservations FORCE INDEX (PRIMARY) SET archived = %s WHERE order_id IN %s",
            [",".join(sorted(kinds)), order_ids],
        )


def _delete(cursor: Cursor, movement_ids: Sequence[int]) -> None:
    deleted = cursor.execute(
        "DELETE FROM stock_movements WHERE movement_id IN %s", [sorted(movement_ids)]
    )
    if deleted != len(movement_ids):
        raise LostRaceError("a movement was deleted since it was read")
