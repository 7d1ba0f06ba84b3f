"""The movements of an order."""

from datetime import UTC

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_entries import KINDS
from gorder.stock.model import Movement


def select_movements(cursor: Cursor, order_id: str) -> list[Movement]:
    """Return what an order has moved, oldest first. Sends one statement.

    A receipt or an entry may have the same text as an order id, so their movements are left out.
    """
    cursor.execute(
        "SELECT product_id, kind, quantity, occurred_at FROM stock_movements"
        " WHERE reference = %s AND kind NOT IN %s ORDER BY movement_id",
        [order_id, ["received", *KINDS]],
    )
    return [
        Movement(product_id, kind, quantity, occurred_at.replace(tzinfo=UTC))
        for product_id, kind, quantity, occurred_at in cursor.fetchall()
    ]
