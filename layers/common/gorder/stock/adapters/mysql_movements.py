"""The movements that each change of a reservation books, and what all of them add up to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_entries import KINDS
from gorder.stock.model import BookedUnits, Drift, Movement, ReservationState


@dataclass(frozen=True, slots=True)
class Effect:
    """What a unit of a movement adds to those on hand, to those held and to those sold."""

    on_hand: int = 0
    held: int = 0
    sold: int = 0


EFFECTS: Final = {
    "received": Effect(on_hand=1),
    "restocked": Effect(on_hand=1),
    "counted_up": Effect(on_hand=1),
    "counted_down": Effect(on_hand=-1),
    "discarded": Effect(on_hand=-1),
    "reserved": Effect(held=1),
    "retaken": Effect(held=1),
    "released": Effect(held=-1),
    "confirmed": Effect(on_hand=-1, held=-1, sold=1),
    "returned": Effect(on_hand=1, sold=-1),
    "wasted": Effect(sold=-1),
}
"""By the kind of the movement."""


@dataclass(frozen=True, slots=True)
class Booking:
    """The kinds of movements that a change of state books for each line."""

    kinds: tuple[str, ...]

    @property
    def on_hand(self) -> int:
        """What it adds to the units on hand, for each unit of the reservation."""
        return sum(EFFECTS[kind].on_hand for kind in self.kinds)

    @property
    def held(self) -> int:
        """What it adds to the units held."""
        return sum(EFFECTS[kind].held for kind in self.kinds)


BOOKINGS: Final = {
    (ReservationState.HELD, ReservationState.CONFIRMED): Booking(("confirmed",)),
    (ReservationState.HELD, ReservationState.RELEASED): Booking(("released",)),
    (ReservationState.HELD, ReservationState.WASTED): Booking(("confirmed", "wasted")),
    (ReservationState.RELEASED, ReservationState.CONFIRMED): Booking(("retaken", "confirmed")),
    (ReservationState.CONFIRMED, ReservationState.RETURNED): Booking(("returned",)),
    (ReservationState.CONFIRMED, ReservationState.WASTED): Booking(("wasted",)),
}
"""By the states before and after."""


def _sum(effects: Iterable[tuple[str, int]]) -> str:
    """Return the SQL expression that adds up the units of movements, by the effect of each kind."""
    cases = " ".join(f"WHEN '{kind}' THEN {effect} * quantity" for kind, effect in effects)
    return f"CAST(SUM(CASE kind {cases} ELSE 0 END) AS SIGNED)"


_ON_HAND: Final = _sum((kind, effect.on_hand) for kind, effect in EFFECTS.items())
_HELD: Final = _sum((kind, effect.held) for kind, effect in EFFECTS.items())
_SOLD: Final = _sum((kind, effect.sold) for kind, effect in EFFECTS.items())
_KINDS: Final = ", ".join(f"'{kind}'" for kind in EFFECTS)

# One statement, because each statement reads its own snapshot of the database.
# The meaning of a later release's movements is unknown, so their products are left to its audit.
_SELECT_DRIFT: Final = f"""
    SELECT s.product_id, s.on_hand, s.held,
           COALESCE(m.on_hand, 0), COALESCE(m.held, 0), COALESCE(m.sold, 0),
           COALESCE(r.held, 0), COALESCE(r.sold, 0)
    FROM stock s
    LEFT JOIN (
        SELECT product_id, {_ON_HAND} AS on_hand, {_HELD} AS held, {_SOLD} AS sold,
               SUM(kind NOT IN ({_KINDS})) AS later
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
"""  # noqa: S608 - of constants


def select_drift(cursor: Cursor) -> list[Drift]:
    """Return the products that have drifted. Sends one statement."""
    cursor.execute(_SELECT_DRIFT)
    return [Drift(*row) for row in cursor.fetchall()]


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


def select_booked_units(
    cursor: Cursor, kinds: Collection[str], begin: datetime, end: datetime
) -> list[BookedUnits]:
    """Return the sums by product, kind and reason. The times are in UTC without a zone."""
    cursor.execute(
        "SELECT m.product_id, COALESCE(p.name, m.product_id), m.kind, m.reason,"
        " CAST(SUM(m.quantity) AS SIGNED)"
        " FROM stock_movements m FORCE INDEX (stock_movements_by_time)"
        " LEFT JOIN products p ON p.product_id = m.product_id"
        " WHERE m.kind IN %s AND m.occurred_at >= %s AND m.occurred_at < %s"
        " GROUP BY m.product_id, p.name, m.kind, m.reason",
        [list(kinds), begin, end],
    )
    return [BookedUnits(*row) for row in cursor.fetchall()]
