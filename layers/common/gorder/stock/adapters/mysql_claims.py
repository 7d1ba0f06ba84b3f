"""Claims of clients: calls of the procedures of migration 0008, and what is read and deleted."""

import json
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_procedures import results
from gorder.stock.adapters.mysql_rows import Row, to_item
from gorder.stock.claims import Claimed, Client, ClientLimits, OpenHold, Use
from gorder.stock.model import Hold

_IN_FLIGHT_SECONDS: Final = 60  # more than a request takes from its claim to its reservation
_FEW_SETTLED: Final = 20
_SETTLED_AT_ONCE: Final = 100  # a request waits for it
_DELETED_AT_ONCE: Final = 5000  # so that the locks are held for a short time


def claim(
    cursor: Cursor, claim_id: str, client: Client, hold: Hold, limits: ClientLimits
) -> Claimed:
    """Call `claim_units`: claim the units of the hold, or return what stands against it.

    Repeated with one `claim_id`, it makes one claim. A few statements more delete claims of the
    address whose orders are settled, once there are many: they would slow each of its claims.
    """
    units = json.dumps(sorted(hold.quantities.items()))
    cursor.execute(
        "CALL claim_units(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            *(claim_id, hold.order_id, client.address, client.customer, units, _IN_FLIGHT_SECONDS),
            *(limits.orders_of_customer, limits.orders_of_address),
            *(limits.share_percent, limits.small_share),
        ],
    )
    [(_, [row])] = results(cursor)
    is_claimed, is_reserved, settled, held, own_held, in_flight, own_in_flight, found = row
    if settled > _FEW_SETTLED:
        _forget_settled(cursor, client)
    products = json.loads(found or "[]")
    return Claimed(
        claim_id=claim_id if is_claimed else None,
        held=Use(held, own_held, _units(products, -2)),
        in_flight=Use(in_flight, own_in_flight, _units(products, -1)),
        items={product[0]: to_item(tuple(product[:-2])) for product in products},
        is_reserved=bool(is_reserved),
    )


def _units(products: Sequence[Sequence[Any]], column: int) -> dict[str, int]:
    return {product[0]: product[column] for product in products if product[column]}


def _forget_settled(cursor: Cursor, client: Client) -> None:
    """Delete claims of settled orders. A settled order is never held again."""
    cursor.execute(
        "SELECT DISTINCT c.claim_id FROM claims c WHERE c.address = %s"
        " AND EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = c.order_id)"
        " AND NOT EXISTS ("
        "SELECT 1 FROM reservations r WHERE r.order_id = c.order_id AND r.state = 'held')"
        " LIMIT %s",
        [client.address, _SETTLED_AT_ONCE],
    )
    _delete(cursor, cursor.fetchall())


def _delete(cursor: Cursor, claims: Sequence[Row]) -> None:
    if claims:
        cursor.execute(
            "DELETE FROM claims WHERE claim_id IN %s", [[claim_id for (claim_id,) in claims]]
        )
    cursor.connection.commit()


def withdraw(cursor: Cursor, client: Client, claim_id: str) -> None:
    """Call `withdraw_claim`: take back the claim of one refused request."""
    cursor.execute("CALL withdraw_claim(%s, %s)", [claim_id, client.address])


def largest_holds(cursor: Cursor, limit: int) -> list[OpenHold]:
    """Select the held reservations with the most units, and the client of each."""
    cursor.execute(
        "SELECT r.order_id,"
        " (SELECT MIN(c.address) FROM claims c WHERE c.order_id = r.order_id),"
        " SUM(r.quantity) AS units, MIN(r.expires_at)"
        " FROM reservations r WHERE r.state = 'held'"
        " GROUP BY r.order_id ORDER BY units DESC, r.order_id LIMIT %s",
        [limit],
    )
    found = cursor.fetchall()
    cursor.connection.commit()
    return [
        OpenHold(order_id, address, int(units), expires_at.replace(tzinfo=UTC))
        for order_id, address, units, expires_at in found
    ]


def forget(cursor: Cursor, older_than: timedelta) -> bool:
    """Delete old claims whose orders are not held, and old addresses, some thousand of each.

    Claims are found without locks and deleted by their key, so no request waits for a reservation.
    """
    limit = [int(older_than.total_seconds()), _DELETED_AT_ONCE]
    cursor.execute(
        "SELECT DISTINCT c.claim_id FROM claims c"
        " WHERE c.claimed_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND AND NOT EXISTS ("
        "SELECT 1 FROM reservations r WHERE r.order_id = c.order_id AND r.state = 'held')"
        " LIMIT %s",
        limit,
    )
    claims = cursor.fetchall()
    _delete(cursor, claims)
    addresses = cursor.execute(
        "DELETE FROM client_addresses"
        " WHERE claimed_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND ORDER BY claimed_at LIMIT %s",
        limit,
    )
    cursor.connection.commit()
    return _DELETED_AT_ONCE in {len(claims), addresses}
