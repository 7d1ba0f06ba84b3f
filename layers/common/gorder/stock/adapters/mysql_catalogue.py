"""The products of the catalogue, and the pauses of products and of the shop."""

from collections.abc import Sequence
from datetime import UTC
from operator import itemgetter
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_rows import PRODUCT_COLUMNS, from_product
from gorder.stock.model import Product
from gorder.stock.pauses import Pause, Pauses

_CHANGES: Final = ", ".join(f"{each} = VALUES({each})" for each in PRODUCT_COLUMNS[1:])
_SAVE_PRODUCT: Final = (
    f"INSERT INTO products ({', '.join(PRODUCT_COLUMNS)})"  # noqa: S608 - made of constants
    f" VALUES ({', '.join(['%s'] * len(PRODUCT_COLUMNS))})"
    f" ON DUPLICATE KEY UPDATE {_CHANGES}"
)


def save_products(cursor: Cursor, products: Sequence[Product]) -> None:
    """Insert or update products, then insert missing stock rows. Sends two statements.

    The second one touches no stock row that exists, so it does not block reservations.
    """
    rows = sorted(map(from_product, products), key=itemgetter(0))
    cursor.executemany(_SAVE_PRODUCT, rows)
    cursor.execute(
        "INSERT INTO stock (product_id) SELECT p.product_id FROM products p"
        " LEFT JOIN stock s ON s.product_id = p.product_id WHERE s.product_id IS NULL"
    )


def insert_unlisted(cursor: Cursor, product_id: str) -> None:
    """Insert a product of which only the id is known, so it cannot be ordered."""
    cursor.execute(
        "INSERT INTO products (product_id, name, active) VALUES (%s, %s, FALSE)",
        [product_id, product_id],
    )


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
