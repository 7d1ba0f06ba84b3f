"""The movements of an order, and the sums of those in a time."""

from collections.abc import Collection
from datetime import UTC, datetime

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_entries import KINDS
from gorder.stock.model import BookedUnits, Movement


def select_movements(cursor: Cursor, order_id: str) -> list[Movement]:
    """Return what an order has moved, oldest first. Sends one statement.

    A receipt or an entry may have the same text as an order id, so their movements are left out.
    """
    cursor.execute(
        "SELECT product_id, kind, quantity, occurred_at, booked_by, reason FROM stock_movements"
        " WHERE reference = %s AND kind NOT IN %s ORDER BY movement_id",
        [order_id, ["received", *KINDS]],
    )
    return [
        Movement(product_id, kind, quantity, occurred_at.replace(tzinfo=UTC), by, reason)
        for product_id, kind, quantity, occurred_at, by, reason in cursor.fetchall()
    ]


def select_booked_units(
    cursor: Cursor, kinds: Collection[str], begin: datetime, end: datetime
) -> list[BookedUnits]:
    """Return the sums by product, kind and reason. The times are in UTC without a zone."""
    cursor.execute(
        "SELECT m.product_id, COALESCE(p.name, m.product_id), m.kind, m.reason,"
        " CAST(SUM(m.quantity) AS SIGNED)"
        " FROM stock_movements m FORCE INDEX (stock_movements_by_time)"
        " LEFT JOIN products p ON p.product_id = m.product_id"
        " WHERE m.kind IN %s AND m.occurred_at >= %s AND m.occurred_at < %s"
        " GROUP BY m.product_id, p.name, m.kind, m.reason",
        [list(kinds), begin, end],
    )
    return [BookedUnits(*row) for row in cursor.fetchall()]
