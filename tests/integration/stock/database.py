"""The stock database, read and written directly, without the code under test."""

from functools import partial
from typing import TYPE_CHECKING, Any

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters import mysql_migrations
from tests.fakes.products import product

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

# The products whose stock differs from their movements or reservations.
_UNBALANCED = """
    SELECT s.product_id, s.on_hand, s.held, m.on_hand, m.held, m.sold, r.held, r.sold
    FROM stock s
    LEFT JOIN (
        SELECT product_id,
               SUM(IF(kind IN ('received', 'restocked', 'counted_up', 'returned'), quantity, 0))
               - SUM(IF(kind IN ('confirmed', 'discarded', 'counted_down'), quantity, 0))
               AS on_hand,
               SUM(IF(kind IN ('reserved', 'retaken'), quantity, 0))
               - SUM(IF(kind IN ('confirmed', 'released'), quantity, 0)) AS held,
               SUM(IF(kind = 'confirmed', quantity, 0))
               - SUM(IF(kind IN ('returned', 'wasted'), quantity, 0)) AS sold
        FROM stock_movements GROUP BY product_id
    ) m ON m.product_id = s.product_id
    LEFT JOIN (
        SELECT product_id, SUM(IF(state = 'held', quantity, 0)) AS held,
               SUM(IF(state = 'confirmed', quantity, 0)) AS sold
        FROM reservations GROUP BY product_id
    ) r ON r.product_id = s.product_id
    WHERE s.on_hand <> COALESCE(m.on_hand, 0) OR s.held <> COALESCE(m.held, 0)
       OR s.held <> COALESCE(r.held, 0) OR COALESCE(m.sold, 0) <> COALESCE(r.sold, 0)
"""


class StockDatabase:
    """A migrated database, and a connection for the test itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connect: Callable[[], Connection[Cursor]] = partial(connect_mysql, url)
        mysql_migrations.migrate(self.connect, mysql_migrations.migrations())
        self._connection = self.connect()
        self._connection.autocommit(True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Run a statement with autocommit."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, list(arguments))
            return list(cursor.fetchall())

    def stocked(self, units: int) -> str:
        """Insert a product with units on hand and their movement; return its id."""
        new = product()
        assert new.price is not None
        self.rows(
            "INSERT INTO products (product_id, name, price_id, unit_amount, currency, active)"
            " VALUES (%s, %s, %s, %s, %s, 1)",
            new.product_id,
            new.name,
            new.price.price_id,
            new.price.unit_amount,
            new.price.currency,
        )
        self.rows("INSERT INTO stock (product_id, on_hand) VALUES (%s, %s)", new.product_id, units)
        if units:
            self.rows(
                "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
                " VALUES (%s, 'received', 'opening', %s)",
                new.product_id,
                units,
            )
        return new.product_id

    def level(self, product_id: str) -> tuple[int, int]:
        """Return the units on hand and held."""
        (row,) = self.rows("SELECT on_hand, held FROM stock WHERE product_id = %s", product_id)
        return row[0], row[1]

    def is_locked(self, product_id: str) -> bool:
        """Whether a transaction has locked the units of the product."""
        sql = "SELECT 1 FROM stock WHERE product_id = %s FOR UPDATE SKIP LOCKED"
        return not self.rows(sql, product_id)

    def movements(self, reference: str) -> list[tuple[str, int]]:
        """Return the kinds and quantities booked under a reference."""
        sql = "SELECT kind, quantity FROM stock_movements WHERE reference = %s ORDER BY movement_id"
        return [(kind, quantity) for kind, quantity in self.rows(sql, reference)]

    def unbalanced(self) -> list[tuple[Any, ...]]:
        """Return the products whose stock differs from their movements or reservations."""
        return self.rows(_UNBALANCED)
