"""The reads and writes of one transaction, in SQL that MariaDB 10.11 and MySQL 8.4/9 both accept.

Every method sends a fixed number of statements for any number of products or orders. The rows of
`stock`, which all buyers of a product update, are written last before the commit and in key order.
Their locks are therefore held for the shortest time, and such transactions do not deadlock. A
reading with a lock takes them first. It can deadlock with a request that reserves or settles one of
its orders. The server ends one of the two, and that one runs again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_catalogue import (
    end_pause,
    insert_pause,
    save_products,
    select_pauses,
)
from gorder.stock.adapters.mysql_entries import insert_entry, insert_receipt, select_entry
from gorder.stock.adapters.mysql_movements import select_booked_units, select_movements
from gorder.stock.adapters.mysql_rows import (
    PRODUCT_COLUMNS,
    from_line,
    naive_utc,
    to_item,
    to_reservations,
)
from gorder.stock.bookings import BOOKINGS
from gorder.stock.entries import Entry
from gorder.stock.model import (
    BookedUnits,
    Movement,
    Product,
    Reservation,
    ReservationState,
    Signature,
    StockItem,
)
from gorder.stock.pauses import PAUSED, Pauses
from gorder.stock.ports import StockStoreError

_SELECT_ITEMS: Final = f"""
    SELECT {", ".join(f"p.{each}" for each in PRODUCT_COLUMNS)},
           COALESCE(s.on_hand, 0), COALESCE(s.held, 0)
    FROM products p LEFT JOIN stock s ON s.product_id = p.product_id
"""  # noqa: S608 - made of constants


class LostRaceError(Exception):
    """Another transaction changed what this one has read: run the work again."""


class OneStatementCursor(Cursor):
    """Sends any number of rows in one statement, up to the server's default packet limit."""

    max_stmt_length = 16 * 1024 * 1024


class MysqlTransaction:
    """Implements `StockTransaction`.

    The server counts the rows that an UPDATE changed, not those that it matched. Each UPDATE whose
    count is used changes every row it matches, so the two numbers are equal.

    The server ignores spaces at the end of an id when it compares, so reads compare once more.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def items(self, product_ids: Iterable[str], *, lock: bool = False) -> dict[str, StockItem]:
        """Select the products that exist, with their units. Sends one statement, or two to lock.

        Locks no row of `products`, so it does not wait for a synchronisation.
        """
        wanted = set(product_ids)
        if lock:
            self._cursor.execute(
                "SELECT product_id FROM stock FORCE INDEX (PRIMARY)"
                " WHERE product_id IN %s ORDER BY product_id FOR UPDATE",
                [sorted(wanted)],
            )
        self._cursor.execute(f"{_SELECT_ITEMS} WHERE p.product_id IN %s", [sorted(wanted)])
        found = map(to_item, self._cursor.fetchall())
        return {i.product.product_id: i for i in found if i.product.product_id in wanted}

    def all_items(self) -> list[StockItem]:
        """Select the whole catalogue with its units. Sends one statement."""
        self._cursor.execute(f"{_SELECT_ITEMS} ORDER BY p.product_id")
        return [to_item(row) for row in self._cursor.fetchall()]

    def menu(self, limit: int) -> list[StockItem]:
        """Select the first active or paused products. Sends one statement.

        The collation ignores case and sorts accented letters beside their plain ones.
        """
        self._cursor.execute(
            f"{_SELECT_ITEMS} WHERE p.active OR p.unusable IN %s"
            " ORDER BY p.menu_position, p.name COLLATE utf8mb4_unicode_ci, p.product_id LIMIT %s",
            [PAUSED, limit],
        )
        return [to_item(row) for row in self._cursor.fetchall()]

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        """Select the reservations of these orders. Sends one statement."""
        wanted = set(order_ids)
        self._cursor.execute(
            "SELECT order_id, state, expires_at,"
            " product_id, name, quantity, price_id, unit_amount, currency"
            " FROM reservations WHERE order_id IN %s ORDER BY order_id, product_id",
            [sorted(wanted)],
        )
        return to_reservations(row for row in self._cursor.fetchall() if row[0] in wanted)

    def hold(self, reservations: Sequence[Reservation]) -> None:
        """Insert reservations and movements, then hold the units. Sends four statements.

        The UPDATE changes only rows that have enough available units: nothing can be oversold.

        Raises:
            LostRaceError: the units or an order were taken since they were read.
        """
        self._cursor.executemany(
            "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at,"
            " name, price_id, unit_amount, currency) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            sorted(from_line(r, line) for r in reservations for line in r.lines),
        )
        self._require_no_other_lines(reservations)
        self._move(("reserved",), reservations)
        wanted = _units(reservations)
        case, arguments = _by_key("product_id", wanted)
        changed = self._cursor.execute(
            f"UPDATE stock FORCE INDEX (PRIMARY) SET held = held + {case}"  # noqa: S608 - `case` holds placeholders only
            f" WHERE product_id IN %s AND on_hand - held >= {case} ORDER BY product_id",
            [*arguments, list(wanted), *arguments],
        )
        if changed != len(wanted):
            raise LostRaceError("the units were taken since they were read")

    def extend(self, reservations: Sequence[Reservation]) -> None:
        """Set a later expiry. Sends one statement.

        The UPDATE changes only reservations that are held and have an earlier expiry.

        Raises:
            LostRaceError: one was settled or extended since it was read.
        """
        until = {r.order_id: naive_utc(r.expires_at) for r in reservations}
        case, arguments = _by_key("order_id", until)
        time = f"CAST({case} AS DATETIME(6))"
        changed = self._cursor.execute(
            "UPDATE reservations FORCE INDEX (PRIMARY)"  # noqa: S608 - `case` holds placeholders only
            f" SET expires_at = {time}"
            f" WHERE order_id IN %s AND state = 'held' AND expires_at < {time}",
            [*arguments, list(until), *arguments],
        )
        if changed != sum(len(r.lines) for r in reservations):
            raise LostRaceError("a reservation was settled or extended since it was read")

    def settle(
        self,
        reservation: Reservation,
        before: ReservationState = ReservationState.HELD,
        signature: Signature | None = None,
    ) -> None:
        """Set the state, insert movements, change the units. Sends two or three statements.

        The first UPDATE changes the reservation only if it has the state and the expiry that were
        read. Units are taken again only from rows that have enough of them.

        Raises:
            LostRaceError: it was settled or extended since it was read, or the units were taken.
            StockStoreError: a product of the reservation has no stock row.
        """
        state = reservation.state
        changed = self._cursor.execute(
            "UPDATE reservations FORCE INDEX (PRIMARY)"
            " SET state = %s, settled_at = CURRENT_TIMESTAMP(6)"
            " WHERE order_id = %s AND state = %s AND expires_at = %s",
            [state.value, reservation.order_id, before.value, naive_utc(reservation.expires_at)],
        )
        if changed != len(reservation.lines):
            raise LostRaceError("the reservation was settled or extended since it was read")
        booking = BOOKINGS[before, state]
        self._move(booking.kinds, [reservation], signature)
        if not (booking.on_hand or booking.held):
            return
        units = _units([reservation])
        case, arguments = _by_key("product_id", units)
        retaken = before is ReservationState.RELEASED
        enough = f" AND on_hand - held >= {case}" if retaken else ""
        changed = self._cursor.execute(
            "UPDATE stock FORCE INDEX (PRIMARY)"  # noqa: S608 - `case` holds placeholders only
            f" SET held = held + %s * {case}, on_hand = on_hand + %s * {case}"
            f" WHERE product_id IN %s{enough} ORDER BY product_id",
            [
                *(booking.held, *arguments, booking.on_hand, *arguments, list(units)),
                *(arguments if retaken else ()),
            ],
        )
        if changed != len(units) and retaken:
            raise LostRaceError("the units were taken since they were read")
        if changed != len(units):
            raise StockStoreError(
                f"order {reservation.order_id} holds products that have no stock row: "
                "compare `stock` with `stock_movements`"
            )

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Select overdue orders along their index. Sends one statement.

        All lines of an order have the same expiry, so DISTINCT returns each order once.
        """
        self._cursor.execute(
            "SELECT DISTINCT expires_at, order_id FROM reservations"
            " WHERE state = 'held' AND expires_at < %s ORDER BY expires_at, order_id LIMIT %s",
            [naive_utc(before), limit],
        )
        return [order_id for _, order_id in self._cursor.fetchall()]

    def movements(self, order_id: str) -> list[Movement]:
        """Select the movements of an order along their index. Sends one statement."""
        return select_movements(self._cursor, order_id)

    def booked_units(
        self, kinds: Collection[str], begin: datetime, end: datetime
    ) -> list[BookedUnits]:
        """Sum movements along the index of their time. Sends one statement."""
        return select_booked_units(self._cursor, kinds, naive_utc(begin), naive_utc(end))

    def receipts(self, receipt_id: str) -> dict[str, int]:
        """Select the units that this receipt has booked. Sends one statement."""
        self._cursor.execute(
            "SELECT product_id, quantity FROM stock_movements"
            " WHERE reference = %s AND kind = 'received'",
            [receipt_id],
        )
        return dict(self._cursor.fetchall())

    def receive(
        self,
        receipt_id: str,
        product_id: str,
        quantity: int,
        by: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Insert a movement and add its units. Sends two statements. Raises StockStoreError."""
        insert_receipt(self._cursor, receipt_id, product_id, quantity, by, reason)

    def entry(self, entry_id: str, product_id: str) -> Entry | None:
        """Select what the entry has booked of the product. Sends one statement."""
        return select_entry(self._cursor, entry_id, product_id)

    def book(self, entry: Entry, signature: Signature) -> None:
        """Insert a movement and change the units. Sends two statements. Raises StockStoreError."""
        insert_entry(self._cursor, entry, signature)

    def lock_catalogue(self) -> None:
        """Lock the one row of `catalogue` until the transaction ends. Sends one statement."""
        self._cursor.execute("UPDATE catalogue SET synced_at = CURRENT_TIMESTAMP(6)")

    def save_products(self, products: Sequence[Product]) -> None:
        """Insert or update products, then insert missing stock rows. Sends two statements."""
        save_products(self._cursor, products)

    def pauses(self) -> Pauses:
        """Select the open pauses. Sends one statement."""
        return select_pauses(self._cursor)

    def pause(self, product_id: str | None, by: str, reason: str) -> None:
        """Insert a pause. Sends one statement."""
        insert_pause(self._cursor, product_id, by, reason)

    def resume(self, product_id: str | None, by: str, reason: str) -> None:
        """Set the end of the open pause. Sends one statement."""
        end_pause(self._cursor, product_id, by, reason)

    def _require_no_other_lines(self, reservations: Sequence[Reservation]) -> None:
        """Count the orders' lines, with locks, to find those of an uncommitted transaction too."""
        self._cursor.execute(
            "SELECT COUNT(*) FROM reservations FORCE INDEX (PRIMARY)"
            " WHERE order_id IN %s FOR UPDATE",
            [sorted({reservation.order_id for reservation in reservations})],
        )
        if self._cursor.fetchone() != (sum(len(r.lines) for r in reservations),):
            raise LostRaceError("another request has reserved for the order since it was read")

    def _move(
        self,
        kinds: Sequence[str],
        reservations: Sequence[Reservation],
        signature: Signature | None = None,
    ) -> None:
        signed = (signature.by, signature.reason) if signature else (None, None)
        self._cursor.executemany(
            "INSERT INTO stock_movements"
            " (product_id, kind, reference, quantity, booked_by, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (line.product_id, kind, reservation.order_id, line.quantity, *signed)
                for kind in kinds
                for reservation in reservations
                for line in reservation.lines
            ],
        )


def _units(reservations: Sequence[Reservation]) -> dict[str, int]:
    """Sum the units of all the reservations by product, in key order."""
    units: dict[str, int] = {}
    for reservation in reservations:
        for product_id, quantity in reservation.quantities.items():
            units[product_id] = units.get(product_id, 0) + quantity
    return dict(sorted(units.items()))


def _by_key(column: str, values: Mapping[str, object]) -> tuple[str, list[object]]:
    """Return an SQL expression that gives each row its own value, and the arguments for it."""
    case = f"CASE {column} {'WHEN %s THEN %s ' * len(values)}END"
    return case, [argument for pair in values.items() for argument in pair]
