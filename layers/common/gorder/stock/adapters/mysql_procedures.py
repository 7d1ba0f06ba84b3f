"""Calls of the procedures of migration 0005: each is one round trip and one transaction."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_rows import Row, naive_utc, to_item, to_reservations
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine
from gorder.stock.ports import Contended, Held, NotHeld, SettleAttempt

_HOLD: Final = "CALL try_hold(%s, %s, %s, %s)"
_HOLD_LINE: Final = "CALL try_hold_line(%s, %s, %s, %s, %s)"
_SETTLE: Final = "CALL try_settle(%s, %s, %s)"


def try_hold(cursor: Cursor, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
    """Call `try_hold`."""
    lines = sorted(
        (hold.order_id, product_id, quantity, naive_utc(hold.expires_at).isoformat(" "))
        for hold in holds
        for product_id, quantity in hold.quantities.items()
    )
    units: dict[str, int] = {}
    one_order: dict[str, str] = {}
    for order_id, product_id, quantity, _ in lines:
        units[product_id] = units.get(product_id, 0) + quantity
        one_order[product_id] = order_id
    if len(holds) == len(lines) == 1:
        [(order_id, product_id, quantity, until)] = lines
        cursor.execute(_HOLD_LINE, [order_id, product_id, quantity, until, wait])
    else:
        totals = [(key, units[key], one_order[key]) for key in sorted(units)]
        cursor.execute(_HOLD, [_json(lines), len(holds), _json(totals), wait])
    results = dict(_results(cursor))
    if "held_product" in results:
        return Held(_reservations(holds, results["held_product"]))
    if "unlocked_product" in results:
        return Contended(units.keys() - {row[0] for row in results["unlocked_product"]})
    return NotHeld(
        {row[0]: to_item(row) for row in results["found_product"]},
        to_reservations(results["found_order"]),
    )


def try_settle(
    cursor: Cursor, order_id: str, state: ReservationState, overdue_at: datetime | None
) -> SettleAttempt:
    """Call `try_settle`."""
    limit = naive_utc(overdue_at) if overdue_at else None
    cursor.execute(_SETTLE, [order_id, state.value, limit])
    [(_, rows)] = _results(cursor)
    found = to_reservations(row[:-1] for row in rows).get(order_id)
    return SettleAttempt(found, settled=bool(rows and rows[0][-1]))


def _results(cursor: Cursor) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield the name of each result's first column, and its rows.

    The call has not succeeded before the last result was read.
    """
    while cursor.description:
        yield cursor.description[0][0], cursor.fetchall()
        cursor.nextset()  # a call ends with a result without columns


def _reservations(holds: Sequence[Hold], products: Sequence[Row]) -> list[Reservation]:
    named: dict[str, tuple[str, Price]] = {}
    for (product,) in products:
        product_id, name, price_id, amount, currency = json.loads(product)
        # MariaDB makes a string of a number that comes from a variable.
        named[product_id] = name, Price(price_id, int(amount), currency)
    return [
        Reservation(
            hold.order_id,
            tuple(
                ReservedLine(product_id, named[product_id][0], quantity, named[product_id][1])
                for product_id, quantity in hold.quantities.items()
            ),
            hold.expires_at,
        )
        for hold in holds
    ]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
