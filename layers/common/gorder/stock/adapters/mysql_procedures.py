"""Calls of the procedures of migrations 0005 and 0006: each is one round trip."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_rows import Row, naive_utc, to_item, to_reservations
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine, StockItem
from gorder.stock.ports import Contended, Held, NotHeld, SettleAttempt

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_HOLD: Final = "CALL try_hold(%s, %s, %s, %s)"
_HOLD_LINE: Final = "CALL try_hold_line(%s, %s, %s, %s, %s)"
_HOLD_PRODUCT: Final = "CALL try_hold_product(%s, %s, %s, %s, %s)"
_SETTLE: Final = "CALL try_settle(%s, %s, %s)"


def try_hold(cursor: Cursor, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
    """Call the procedure that has the least to do for these holds."""
    match holds:
        case [Hold(order_id, quantities, expires_at)] if len(quantities) == 1:
            [(product_id, quantity)] = quantities.items()
            until = naive_utc(expires_at)
            cursor.execute(_HOLD_LINE, [order_id, product_id, quantity, until, wait])
        case _:
            _call_for_batch(cursor, holds, wait=wait)
    items: dict[str, StockItem] = {}
    for name, rows in results(cursor):
        match name:
            case "held_product":  # the server commits while this is decoded
                attempt: Held | NotHeld | Contended = Held(_reservations(holds, rows))
            case "unlocked_product":
                product_ids = {product_id for hold in holds for product_id in hold.quantities}
                attempt = Contended(product_ids - {row[0] for row in rows})
            case "found_product":
                items = {row[0]: to_item(row) for row in rows}
            case _:
                attempt = NotHeld(items, to_reservations(rows))
    return attempt


def _call_for_batch(cursor: Cursor, holds: Sequence[Hold], *, wait: bool) -> None:
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
    totals = [(key, units[key], one_order[key]) for key in sorted(units)]
    batch = [_encode(lines), len(holds), _encode(totals)]
    if wait and len(totals) == 1:
        [(product_id, total, _)] = totals
        cursor.execute(_HOLD_PRODUCT, [product_id, total, *batch])
    else:
        cursor.execute(_HOLD, [*batch, wait])


def try_settle(
    cursor: Cursor, order_id: str, state: ReservationState, overdue_at: datetime | None
) -> SettleAttempt:
    """Call `try_settle`: settle the reservation if it is held, and return it as it is then.

    Raises:
        LaterReleaseError: a later release wrote its state.
    """
    limit = naive_utc(overdue_at) if overdue_at else None
    cursor.execute(_SETTLE, [order_id, state.value, limit])
    [(_, rows)] = results(cursor)
    found = to_reservations(row[:-1] for row in rows).get(order_id)
    return SettleAttempt(found, settled=bool(rows and rows[0][-1]))


def results(cursor: Cursor) -> Iterator[tuple[str, Sequence[Row]]]:
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
