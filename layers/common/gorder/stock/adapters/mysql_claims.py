"""Calls of the procedures of migration 0008: each is one round trip."""

import json
from datetime import timedelta
from typing import Final

from pymysql.cursors import Cursor

from gorder.stock.adapters.mysql_procedures import results
from gorder.stock.claims import Claim, Claimed, Client
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


def withdraw(cursor: Cursor, order_id: str) -> None:
    """Call `withdraw_claim`: take back the claim of one refused request."""
    cursor.execute("CALL withdraw_claim(%s)", [order_id])


def forget(cursor: Cursor, older_than: timedelta) -> None:
    """Delete claims and addresses that are older, some thousand of each."""
    for table in ("claims", "clients"):
        cursor.execute(
            f"DELETE FROM {table} WHERE claimed_at < UTC_TIMESTAMP(6) - INTERVAL %s SECOND"  # noqa: S608 - `table` is a constant
            " ORDER BY claimed_at LIMIT %s",
            [int(older_than.total_seconds()), _DELETED_AT_ONCE],
        )
    cursor.connection.commit()
