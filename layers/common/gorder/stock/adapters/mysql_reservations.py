"""Reads reservations for an audit, page by page."""

from collections.abc import Collection
from datetime import UTC
from typing import Final

from pymysql.cursors import Cursor

from gorder.contracts.audit import AuditedLine, AuditedReservation
from gorder.stock.adapters.mysql_rows import Row
from gorder.stock.adapters.mysql_stock import MysqlStockStore

_SELECT_IDS: Final = (
    "SELECT DISTINCT order_id FROM reservations WHERE order_id > %s ORDER BY order_id LIMIT %s"
)
_SELECT_LINES: Final = """
    SELECT order_id, state, COALESCE(settled_at, reserved_at),
           product_id, name, quantity, unit_amount, currency, price_id
    FROM reservations FORCE INDEX (PRIMARY) WHERE order_id IN %s ORDER BY order_id
"""


class MysqlReservationBook:
    """The reservations, as an audit reads them. Every method raises what `StockStore.run` does."""

    def __init__(self, store: MysqlStockStore) -> None:
        """Initialize without connecting. The statements are sent on the store's connection."""
        self._store = store

    def order_ids(self, after: str, limit: int) -> list[str]:
        """Return the ids of orders with a reservation, those after an id. Sends one statement."""

        def read(cursor: Cursor) -> list[str]:
            cursor.execute(_SELECT_IDS, [after, limit])
            return [order_id for (order_id,) in cursor.fetchall()]

        return self._store.in_transaction(read)

    def reservations(self, order_ids: Collection[str]) -> dict[str, AuditedReservation]:
        """Return the reservations of these orders, by order id. Sends one statement.

        If lines of a reservation have several states, its state is all of them.
        """
        wanted = set(order_ids)
        if not wanted:
            return {}

        def read(cursor: Cursor) -> dict[str, AuditedReservation]:
            cursor.execute(_SELECT_LINES, [sorted(wanted)])
            lines: dict[str, list[Row]] = {}
            for row in cursor.fetchall():
                lines.setdefault(row[0], []).append(row[1:])
            return {key: _reservation(key, rows) for key, rows in lines.items() if key in wanted}

        return self._store.in_transaction(read)


def _reservation(order_id: str, rows: list[Row]) -> AuditedReservation:
    return AuditedReservation(
        order_id=order_id,
        state=" and ".join(sorted({row[0] for row in rows})),
        lines=frozenset(AuditedLine(*row[2:]) for row in rows),
        changed_at=max(row[1] for row in rows).replace(tzinfo=UTC),
    )
