"""Calls of the procedures of migration 0008: each is one round trip."""

import json
from datetime import UTC, timedelta
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_procedures import results
from gorder.stock.claims import Claim, Claimed, Client, OpenHold
from gorder.stock.model import Hold

_IN_FLIGHT_SECONDS: Final = 60  # more than a request takes from its claim to its reservation

_DELETED_AT_ONCE: Final = 5000  # so that the locks are held for a short time


def claim(cursor: Cursor, client: Client, hold: Hold) -> Claimed:
    """Call `claim_units`: claim the units of the hold, and return what counts for the claim."""
    units = json.dumps(sorted(hold.quantities.items()))
    cursor.execute(
        "CALL claim_units(%s, %s, %s, %s, %s)",
        [hold.order_id, client.address, client.customer, units, _IN_FLIGHT_SECONDS],
    )
    found = dict(results(cursor))
    return Claimed(
        others=[Claim(*row) for row in found["claimed_order"]],
        on_hand=dict(found["wanted_product"]),
        is_reserved=bool(found["is_reserved"][0][0]),
    )


def withdraw(cursor: Cursor, client: Client, order_id: str) -> None:
    """Call `withdraw_claim`: take back the claim of one refused request."""
    cursor.execute("CALL withdraw_claim(%s, %s)", [order_id, client.address])


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


def forget(cursor: Cursor, older_than: timedelta) -> None:
    """Delete claims and addresses that are older, some thousand of each."""
    for table in ("claims", "clients"):
        cursor.execute(
            f"DELETE FROM {table} WHERE claimed_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND"  # noqa: S608 - `table` is a constant
            " ORDER BY claimed_at LIMIT %s",
            [int(older_than.total_seconds()), _DELETED_AT_ONCE],
        )
    cursor.connection.commit()
