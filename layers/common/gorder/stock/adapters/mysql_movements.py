"""The movements that each change of a reservation books, and what all of them add up to."""

from dataclasses import dataclass
from datetime import UTC
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.model import Drift, Movement, ReservationState


@dataclass(frozen=True, slots=True)
class Booking:
    """The kinds of movements of a change of state, and what it adds to `stock` for each unit."""

    kinds: tuple[str, ...]
    on_hand: int = 0
    held: int = 0


BOOKINGS: Final = {
    (ReservationState.HELD, ReservationState.CONFIRMED): Booking(("confirmed",), -1, -1),
    (ReservationState.HELD, ReservationState.RELEASED): Booking(("released",), 0, -1),
    (ReservationState.HELD, ReservationState.WASTED): Booking(("confirmed", "wasted"), -1, -1),
    (ReservationState.RELEASED, ReservationState.CONFIRMED): Booking(("retaken", "confirmed"), -1),
    (ReservationState.CONFIRMED, ReservationState.RETURNED): Booking(("returned",), 1),
    (ReservationState.CONFIRMED, ReservationState.WASTED): Booking(("wasted",)),
}
"""By the states before and after."""

# One statement, because each statement reads its own snapshot of the database.
# The meaning of a later release's movements is unknown, so their products are left to its audit.
_SELECT_DRIFT: Final = """
    SELECT s.product_id, s.on_hand, s.held,
           COALESCE(m.on_hand, 0), COALESCE(m.held, 0), COALESCE(m.sold, 0),
           COALESCE(r.held, 0), COALESCE(r.sold, 0)
    FROM stock s
    LEFT JOIN (
        SELECT product_id,
               CAST(SUM(CASE kind WHEN 'received' THEN quantity
                                  WHEN 'confirmed' THEN -quantity
                                  WHEN 'returned' THEN quantity ELSE 0 END) AS SIGNED) AS on_hand,
               CAST(SUM(CASE kind WHEN 'reserved' THEN quantity
                                  WHEN 'retaken' THEN quantity
                                  WHEN 'confirmed' THEN -quantity
                                  WHEN 'released' THEN -quantity ELSE 0 END) AS SIGNED) AS held,
               CAST(SUM(CASE kind WHEN 'confirmed' THEN quantity
                                  WHEN 'returned' THEN -quantity
                                  WHEN 'wasted' THEN -quantity ELSE 0 END) AS SIGNED) AS sold,
               SUM(kind NOT IN ('received', 'reserved', 'confirmed', 'released',
                                'retaken', 'returned', 'wasted')) AS later
        FROM stock_movements GROUP BY product_id
    ) m ON m.product_id = s.product_id
    LEFT JOIN (
        SELECT product_id,
               CAST(SUM(CASE state WHEN 'held' THEN quantity ELSE 0 END) AS SIGNED) AS held,
               CAST(SUM(CASE state WHEN 'confirmed' THEN quantity ELSE 0 END) AS SIGNED) AS sold,
               SUM(state NOT IN ('held', 'confirmed', 'released', 'returned', 'wasted')) AS later
        FROM reservations GROUP BY product_id
    ) r ON r.product_id = s.product_id
    WHERE COALESCE(m.later, 0) = 0 AND COALESCE(r.later, 0) = 0
      AND (s.on_hand <> COALESCE(m.on_hand, 0) OR s.held <> COALESCE(m.held, 0)
           OR s.held <> COALESCE(r.held, 0) OR COALESCE(m.sold, 0) <> COALESCE(r.sold, 0))
    ORDER BY s.product_id
"""


def select_drift(cursor: Cursor) -> list[Drift]:
    """Return the products that have drifted. Sends one statement."""
    cursor.execute(_SELECT_DRIFT)
    return [Drift(*row) for row in cursor.fetchall()]


def select_movements(cursor: Cursor, order_id: str) -> list[Movement]:
    """Return what an order has moved, oldest first. Sends one statement.

    A receipt may have the same text as an order id, so its movements are left out.
    """
    cursor.execute(
        "SELECT product_id, kind, quantity, occurred_at FROM stock_movements"
        " WHERE reference = %s AND kind <> 'received' ORDER BY movement_id",
        [order_id],
    )
    return [
        Movement(product_id, kind, quantity, occurred_at.replace(tzinfo=UTC))
        for product_id, kind, quantity, occurred_at in cursor.fetchall()
    ]
