"""Pauses of products and of the shop, in the table of migration 0009."""

from datetime import UTC

from pymysql.cursors import Cursor

from gorder.stock.pauses import Pause, Pauses


def select_pauses(cursor: Cursor) -> Pauses:
    """Return the pauses that have not ended, along their index. Sends one statement."""
    cursor.execute(
        "SELECT product_id, paused_at, paused_by, reason FROM pauses WHERE resumed_at IS NULL"
    )
    found = {
        product_id: Pause(paused_at.replace(tzinfo=UTC), by, reason)
        for product_id, paused_at, by, reason in cursor.fetchall()
    }
    return Pauses(found.pop(None, None), found)


def insert_pause(cursor: Cursor, product_id: str | None, by: str, reason: str) -> None:
    """Begin a pause. Sends one statement."""
    cursor.execute(
        "INSERT INTO pauses (product_id, paused_by, reason) VALUES (%s, %s, %s)",
        [product_id, by, reason],
    )


def end_pause(cursor: Cursor, product_id: str | None, by: str, reason: str) -> None:
    """End the open pause. Sends one statement."""
    cursor.execute(
        "UPDATE pauses"
        " SET resumed_at = CURRENT_TIMESTAMP(6), resumed_by = %s, resume_reason = %s"
        " WHERE product_id <=> %s AND resumed_at IS NULL",
        [by, reason, product_id],
    )
