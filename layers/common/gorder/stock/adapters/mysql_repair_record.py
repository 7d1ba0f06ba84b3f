"""The record of repairs: the table of migration 0013."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from pydantic import TypeAdapter
from pymysql.cursors import Cursor

from gorder.stock.model import Signature
from gorder.stock.refusals import UnknownStockRepair
from gorder.stock.repair_snapshot import KeptStockRepair, Snapshot, StockRepair

_SNAPSHOT: Final = TypeAdapter(Snapshot)
_SELECT: Final = """
    SELECT repair_id, subject, rows_before, rows_after, repaired_by, reason, repaired_at
    FROM stock_repairs
"""


def select_repair(cursor: Cursor, repair_id: str) -> StockRepair | None:
    """Return the repair with this id. Sends one statement."""
    cursor.execute(f"{_SELECT} WHERE repair_id = %s", [repair_id])
    row = cursor.fetchone()
    return None if row is None else _kept(row).repair


def insert_repair(cursor: Cursor, repair: StockRepair, signature: Signature) -> None:
    """Add a repair. Sends one statement. The unique key refuses an id that is on record."""
    cursor.execute(
        "INSERT INTO stock_repairs"
        " (repair_id, subject, rows_before, rows_after, repaired_by, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            *(repair.repair_id, repair.subject),
            *(_SNAPSHOT.dump_json(rows).decode() for rows in (repair.before, repair.after)),
            *(signature.by, signature.reason),
        ],
    )


def select_repairs(cursor: Cursor, limit: int, after: str | None) -> Sequence[KeptStockRepair]:
    """Return repairs, newest first. Sends one statement, or two with `after`.

    Raises:
        UnknownStockRepair: there is no repair `after`.
    """
    if after is None:
        cursor.execute(f"{_SELECT} ORDER BY repair_number DESC LIMIT %s", [limit])
        return [_kept(row) for row in cursor.fetchall()]
    cursor.execute("SELECT repair_number FROM stock_repairs WHERE repair_id = %s", [after])
    if (row := cursor.fetchone()) is None:
        raise UnknownStockRepair(f"there is no repair {after}: check its id")
    cursor.execute(
        f"{_SELECT} WHERE repair_number < %s ORDER BY repair_number DESC LIMIT %s", [row[0], limit]
    )
    return [_kept(row) for row in cursor.fetchall()]


def _kept(row: tuple[Any, ...]) -> KeptStockRepair:
    repair_id, subject, before, after, by, reason, repaired_at = row
    snapshots = (_SNAPSHOT.validate_json(each) for each in (before, after))
    return KeptStockRepair(
        StockRepair(repair_id, subject, *snapshots),
        Signature(by, reason),
        repaired_at.replace(tzinfo=UTC),
    )
