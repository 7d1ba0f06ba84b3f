"""What staff book in the stock: deliveries, and entries of other changes."""

from collections.abc import Sequence
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.entries import Entry, EntryKind
from gorder.stock.model import Signature
from gorder.stock.ports import StockStoreError

KINDS: Final = tuple(kind.value for kind in EntryKind)


def select_entry(cursor: Cursor, entry_id: str, product_id: str) -> Entry | None:
    """Return what was booked of a product under an entry. Sends one statement."""
    cursor.execute(
        "SELECT kind, quantity, counted FROM stock_movements"
        " WHERE reference = %s AND product_id = %s AND kind IN %s",
        [entry_id, product_id, KINDS],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    kind, quantity, counted = row
    return Entry(entry_id, product_id, EntryKind(kind), quantity, counted)


def insert_entry(cursor: Cursor, entry: Entry, signature: Signature) -> None:
    """Insert a movement and change the units. Sends two statements, or one without a difference.

    Raises:
        StockStoreError: the product has no stock row.
    """
    _insert(
        cursor,
        [
            *(entry.product_id, entry.kind.value, entry.entry_id, entry.quantity, entry.counted),
            *(signature.by, signature.reason),
        ],
    )
    if entry.difference:
        _add(cursor, entry.product_id, entry.difference)


def insert_receipt(
    cursor: Cursor,
    receipt_id: str,
    product_id: str,
    quantity: int,
    by: str | None,
    reason: str | None,
) -> None:
    """Insert a movement and add its units. Sends two statements.

    Raises:
        StockStoreError: the product has no stock row.
    """
    _insert(cursor, [product_id, "received", receipt_id, quantity, None, by, reason])
    _add(cursor, product_id, quantity)


def _insert(cursor: Cursor, row: Sequence[object]) -> None:
    """Insert a movement. The unique key refuses a reference that has booked the product before."""
    cursor.execute(
        "INSERT INTO stock_movements"
        " (product_id, kind, reference, quantity, counted, booked_by, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        row,
    )


def _add(cursor: Cursor, product_id: str, units: int) -> None:
    changed = cursor.execute(
        "UPDATE stock SET on_hand = on_hand + %s WHERE product_id = %s", [units, product_id]
    )
    if changed != 1:
        raise StockStoreError(f"product {product_id} has no stock row: synchronise the catalogue")
