"""The rows that a repair reads and writes, locked in the sequence in which buyers lock them.

The reservation comes first, then its movements, then the units of its products in key order. The
row of `stock_audit` is locked before them; buyers do not use it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_audit import to_balance, to_line
from gorder.stock.adapters.mysql_audit_sql import BALANCES_OF, STAFF_KINDS
from gorder.stock.adapters.mysql_catalogue import insert_unlisted
from gorder.stock.adapters.mysql_repair_record import insert_repair, select_repair
from gorder.stock.adapters.mysql_repair_sums import MysqlRepairSums
from gorder.stock.adapters.mysql_rows import PRODUCT_COLUMNS, naive_utc, to_product
from gorder.stock.audit import AddedUp, Balance, LedgerOrder, Sums
from gorder.stock.model import Movement, Price, Product, ReservedLine, Signature
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair_snapshot import StockRepair, StoredUnits

_SELECT_LINES: Final = """
    SELECT product_id, quantity, state, expires_at, reserved_at, settled_at, archived
    FROM reservations FORCE INDEX (PRIMARY) WHERE order_id = %s ORDER BY product_id FOR UPDATE
"""
_SELECT_NAMED: Final = """
    SELECT product_id, name, quantity, price_id, unit_amount, currency
    FROM reservations FORCE INDEX (PRIMARY) WHERE order_id = %s FOR UPDATE
"""
_SELECT_MOVEMENTS: Final = f"""
    SELECT movement_id, product_id, kind, quantity, occurred_at
    FROM stock_movements FORCE INDEX (stock_movements_once)
    WHERE reference = %s AND kind NOT IN ({STAFF_KINDS}) FOR UPDATE
"""  # noqa: S608 - made of constants
_SELECT_SUSPECTS: Final = f"""
    SELECT s.order_id FROM suspect_orders s
    WHERE EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = s.order_id AND r.product_id = %s)
       OR EXISTS (SELECT 1 FROM stock_movements m FORCE INDEX (stock_movements_once)
                  WHERE m.reference = s.order_id AND m.product_id = %s
                    AND m.kind NOT IN ({STAFF_KINDS}))
    ORDER BY s.order_id
"""  # noqa: S608 - made of constants
_SELECT_PRODUCTS: Final = (
    f"SELECT {', '.join(PRODUCT_COLUMNS)} FROM products WHERE product_id IN %s"  # noqa: S608 - made of constants
)
_INSERT_LINE: Final = """
    INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, reserved_at,
                              settled_at, archived, name, price_id, unit_amount, currency)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE_LINE: Final = """
    UPDATE reservations SET quantity = %s, state = %s, expires_at = %s, reserved_at = %s,
                            settled_at = %s, archived = %s
    WHERE order_id = %s AND product_id = %s
"""
_NAME_LINE: Final = """
    UPDATE reservations SET name = %s, price_id = %s, unit_amount = %s, currency = %s
    WHERE order_id = %s AND product_id = %s
"""
_INSERT_MOVEMENT: Final = """
    INSERT INTO stock_movements
        (reference, product_id, kind, quantity, occurred_at, booked_by, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE_MOVEMENT: Final = (
    "UPDATE stock_movements SET quantity = %s, occurred_at = %s WHERE movement_id = %s"
)


class MysqlRepairTransaction:
    """Implements `RepairTransaction`."""

    def __init__(self, cursor: Cursor, checkpoint: int, added_up: AddedUp) -> None:
        """Initialize under the lock of `stock_audit`.

        Args:
            cursor: of an open transaction.
            checkpoint: the last movement that the checkpoint has.
            added_up: the sums of the movements up to one of them.
        """
        self._cursor = cursor
        self._checkpoint = checkpoint
        self._sums = MysqlRepairSums(cursor, checkpoint, added_up)
        self._movements: dict[tuple[str, str], int] = {}
        self._added: set[str] = set()

    def repair(self, repair_id: str) -> StockRepair | None:
        """Select a repair of the record. Sends one statement."""
        return select_repair(self._cursor, repair_id)

    def keep(self, repair: StockRepair, signature: Signature) -> None:
        """Add a repair to the record. Sends one statement."""
        insert_repair(self._cursor, repair, signature)

    def lock_order(self, order_id: str) -> LedgerOrder:
        """Select the order's rows with locks. Sends two statements."""
        self._cursor.execute(_SELECT_LINES, [order_id])
        lines = [to_line(row) for row in self._cursor.fetchall()]
        self._cursor.execute(_SELECT_MOVEMENTS, [order_id])
        movements = []
        for movement_id, product_id, kind, quantity, occurred_at in self._cursor.fetchall():
            self._movements[product_id, kind] = movement_id
            movements.append(Movement(product_id, kind, quantity, _utc(occurred_at)))
        return LedgerOrder(order_id, lines, movements)

    def reserved(self, order_id: str) -> dict[str, ReservedLine]:
        """Select the lines. Sends one statement."""
        self._cursor.execute(_SELECT_NAMED, [order_id])
        return {
            product_id: ReservedLine(product_id, name, quantity, Price(*price))
            for product_id, name, quantity, *price in self._cursor.fetchall()
        }

    def lock_units(self, product_ids: Iterable[str]) -> None:
        """Lock the rows of `stock` in key order; add those that are missing.

        `finish` deletes those that were not written.
        """
        wanted = sorted(product_ids)
        self._cursor.execute(
            "SELECT product_id FROM stock FORCE INDEX (PRIMARY)"
            " WHERE product_id IN %s ORDER BY product_id FOR UPDATE",
            [wanted],
        )
        self._added = {*wanted} - {product_id for (product_id,) in self._cursor.fetchall()}
        self._cursor.executemany(
            "INSERT INTO stock (product_id) VALUES (%s)", [[key] for key in sorted(self._added)]
        )

    def balances(self, product_ids: Iterable[str]) -> dict[str, Balance]:
        """Select units and books. Sends one statement.

        Raises:
            RepairRefusal: a later release has moved units of a product.
        """
        wanted = sorted(product_ids)
        self._cursor.execute(BALANCES_OF, [self._checkpoint, wanted])
        found: dict[str, Balance] = {}
        for row in sorted(self._cursor.fetchall()):
            product_id, _, _, *_, later, sources = row
            if later:
                raise RepairRefusal(
                    f"a later release has moved units of {product_id}: repair it with the program "
                    "and the stack of that release"
                )
            if product_id not in self._added:
                found[product_id] = to_balance(row)
            elif sources > 1:  # other rows than the one that was added here
                product_id, in_catalogue, _, *rest = row
                found[product_id] = to_balance((product_id, in_catalogue, 0, *rest))
        return found

    def replace_sums(self, product_id: str) -> tuple[Sums, Sums]:
        """Replace sums of the checkpoint. Sends up to two statements."""
        return self._sums.replace(product_id)

    def contradicted(self) -> frozenset[str]:
        """Compare the sums as they are now."""
        return self._sums.contradicted()

    def archive(self) -> tuple[Sums, Sums]:
        """Return what was added up."""
        return self._sums.archived, self._sums.marked

    def suspects_of(self, product_id: str) -> Sequence[str]:
        """Select orders. Sends one statement."""
        self._cursor.execute(_SELECT_SUSPECTS, [product_id, product_id])
        return [order_id for (order_id,) in self._cursor.fetchall()]

    def write_archive(self, product_id: str) -> None:
        """Replace archived sums. Sends up to two statements."""
        self._sums.write_archive(product_id)

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Select products. Sends one statement, or none for no products."""
        wanted = sorted(product_ids)
        if not wanted:
            return {}
        self._cursor.execute(_SELECT_PRODUCTS, [wanted])
        return {row[0]: to_product(row) for row in self._cursor.fetchall()}

    def write_order(
        self,
        before: LedgerOrder,
        after: LedgerOrder,
        named: Mapping[str, ReservedLine],
        signature: Signature,
    ) -> None:
        """Delete, update and insert the rows that differ. The order is no suspect any more."""
        self._write_lines(before, after, named)
        self._write_movements(before, after, signature)
        self._sums.keep_up(before, after, self._movements)
        self._cursor.execute("DELETE FROM suspect_orders WHERE order_id = %s", [before.order_id])

    def _write_lines(
        self, before: LedgerOrder, after: LedgerOrder, named: Mapping[str, ReservedLine]
    ) -> None:
        order_id = before.order_id
        stored = {line.product_id: line for line in before.lines}
        gone = stored.keys() - {line.product_id for line in after.lines}
        self._cursor.executemany(
            "DELETE FROM reservations WHERE order_id = %s AND product_id = %s",
            [(order_id, product_id) for product_id in sorted(gone)],
        )
        for line in after.lines:
            values = (
                line.quantity,
                line.state,
                *map(naive_utc, (line.expires_at, line.reserved_at)),
            )
            settled_at = line.settled_at and naive_utc(line.settled_at)
            ended = (settled_at, ",".join(sorted(line.archived)) or None)
            key = (order_id, line.product_id)
            if line.product_id not in stored:
                row = [*key, *values, *ended, *_name_and_price(named[line.product_id])]
                self._cursor.execute(_INSERT_LINE, row)
                continue
            if line != stored[line.product_id]:
                self._cursor.execute(_UPDATE_LINE, [*values, *ended, *key])
            if new := named.get(line.product_id):
                self._cursor.execute(_NAME_LINE, [*_name_and_price(new), *key])

    def _write_movements(
        self, before: LedgerOrder, after: LedgerOrder, signature: Signature
    ) -> None:
        stored = {(each.product_id, each.kind): each for each in before.movements}
        wanted = {(each.product_id, each.kind): each for each in after.movements}
        for key in sorted(stored.keys() - wanted.keys()):
            self._cursor.execute(
                "DELETE FROM stock_movements WHERE movement_id = %s", [self._movements[key]]
            )
        for key, each in sorted(wanted.items(), key=lambda item: item[1].occurred_at):
            row = (each.quantity, naive_utc(each.occurred_at))
            if key not in stored:
                self._cursor.execute(
                    _INSERT_MOVEMENT,
                    [before.order_id, *key, *row, signature.by, signature.reason],
                )
            elif each != stored[key]:
                self._cursor.execute(_UPDATE_MOVEMENT, [*row, self._movements[key]])

    def write_units(self, before: Balance, after: StoredUnits) -> None:
        """Update the row of `stock`; insert one in `products` if it is missing."""
        if not before.in_catalogue:
            insert_unlisted(self._cursor, before.product_id)
        self._cursor.execute(
            "UPDATE stock SET on_hand = %s, held = %s WHERE product_id = %s",
            [after.on_hand, after.held, after.product_id],
        )
        self._added.discard(after.product_id)

    def finish(self) -> None:
        """Delete the rows that were added to be locked, and not written."""
        if self._added:
            self._cursor.execute("DELETE FROM stock WHERE product_id IN %s", [sorted(self._added)])


def _name_and_price(line: ReservedLine) -> tuple[str, str, int, str]:
    return line.name, line.price.price_id, line.price.unit_amount, line.price.currency


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
