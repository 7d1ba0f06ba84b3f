"""The statements of an audit, made from the rules of `bookings` and `audit`.

Indexes are named, because statistics that are out of date could make the server read every row.
"""

from collections.abc import Iterable
from typing import Final

from gorder.stock.audit import LONGEST_TRANSACTION
from gorder.stock.bookings import EFFECTS, HISTORIES, ORDER_EFFECTS, STAFF_EFFECTS
from gorder.stock.model import ReservationState

# Two bits for each kind: one that is archived and booked again counts twice.
_BITS: Final = {kind: 1 << 2 * n for n, kind in enumerate(ORDER_EFFECTS)}


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _by_kind(values: Iterable[tuple[str, int]], unit: str) -> str:
    cases = " ".join(f"WHEN '{kind}' THEN {value} * {unit}" for kind, value in values)
    return f"CASE kind {cases} ELSE 0 END"


_STATES: Final = sorted(ReservationState)
# Ranges of an index: `NOT IN` could read all of it.
_LATER_STATE: Final = " OR ".join(
    f"state > '{low}' AND state < '{high}'"
    for low, high in zip(["", *_STATES], [*_STATES, "\U0010ffff"], strict=True)
)
STAFF_KINDS: Final = _texts(STAFF_EFFECTS)
_ON_HAND: Final = _by_kind(((kind, each.on_hand) for kind, each in EFFECTS.items()), "quantity")
_HELD: Final = _by_kind(((kind, each.held) for kind, each in EFFECTS.items()), "quantity")
_LATER_KIND: Final = f"kind NOT IN ({_texts(EFFECTS)})"
_ALLOWED: Final = _texts(
    sorted(f"{state} {sum(_BITS[kind] for kind in kinds)}" for state, kinds in HISTORIES)
)
_ARCHIVED: Final = " + ".join(
    f"COALESCE(FIND_IN_SET('{kind}', r.archived) > 0, 0) * {bit}" for kind, bit in _BITS.items()
)
_APART: Final = f"> {int(LONGEST_TRANSACTION.total_seconds())}"

# The rules of `LedgerOrder.findings`, for all orders that a SELECT in the place of {orders} names.
SUSPECT: Final = f"""
    INSERT INTO suspect_orders (order_id)
    SELECT l.order_id FROM (
        SELECT u.order_id, u.product_id, MAX(u.state) AS state, MAX(u.expires_at) AS expires_at,
               SUM(u.later) AS later,
               CONCAT(COALESCE(MAX(u.state), ''), ' ', SUM(u.kind_bit)) NOT IN ({_ALLOWED})
               OR MIN(u.quantity) <> MAX(u.quantity)
               OR (SUM(u.is_archived) = 0 AND ABS(TIMESTAMPDIFF(
                   SECOND, MIN(u.occurred_at), MAX(u.reserved_at))) {_APART})
               OR IF(MAX(u.state) = 'held', MAX(u.settled_at) IS NOT NULL,
                     MAX(u.settled_at) IS NULL OR ABS(TIMESTAMPDIFF(
                         SECOND, MAX(u.occurred_at), MAX(u.settled_at))) {_APART}) AS is_wrong
        FROM (
            SELECT r.order_id, r.product_id, r.state, r.quantity, {_ARCHIVED} AS kind_bit,
                   r.archived IS NOT NULL AS is_archived,
                   r.expires_at, r.reserved_at, r.settled_at, NULL AS occurred_at,
                   r.state NOT IN ({_texts(_STATES)}) AS later
            FROM ({{orders}}) o STRAIGHT_JOIN reservations r FORCE INDEX (PRIMARY)
                ON r.order_id = o.order_id
            UNION ALL
            SELECT m.reference, m.product_id, NULL, m.quantity,
                   {_by_kind(_BITS.items(), "1")}, 0, NULL, NULL, NULL, m.occurred_at,
                   m.kind NOT IN ({_texts(ORDER_EFFECTS)})
            FROM ({{orders}}) o STRAIGHT_JOIN stock_movements m FORCE INDEX (stock_movements_once)
                ON m.reference = o.order_id AND m.kind NOT IN ({STAFF_KINDS})
        ) u
        GROUP BY u.order_id, u.product_id
    ) l
    GROUP BY l.order_id
    HAVING SUM(l.later) = 0
       AND (SUM(l.is_wrong) > 0 OR MIN(l.state) <> MAX(l.state)
            OR MIN(l.expires_at) <> MAX(l.expires_at))
    ON DUPLICATE KEY UPDATE order_id = VALUES(order_id)
"""  # noqa: S608 - made of constants
MOVED: Final = f"""
    SELECT DISTINCT reference AS order_id FROM stock_movements FORCE INDEX (PRIMARY)
    WHERE movement_id > %s AND movement_id <= %s AND kind NOT IN ({STAFF_KINDS})
"""  # noqa: S608 - made of constants
HOLDING: Final = (
    "SELECT DISTINCT order_id FROM reservations FORCE INDEX (reservations_by_expiry)"
    " WHERE state = 'held'"
)
BETWEEN: Final = """
    SELECT order_id FROM reservations FORCE INDEX (PRIMARY)
    WHERE order_id > %s AND order_id <= %s
    UNION SELECT reference FROM stock_movements FORCE INDEX (stock_movements_once)
    WHERE reference > %s AND reference <= %s
"""

SELECT_ORDERS: Final = f"""
    SELECT order_id, product_id, quantity, state, expires_at, reserved_at, settled_at,
           archived, NULL AS kind, NULL AS occurred_at
    FROM reservations WHERE order_id IN %s
    UNION ALL
    SELECT reference, product_id, quantity, NULL, NULL, NULL, NULL, NULL, kind, occurred_at
    FROM stock_movements WHERE reference IN %s AND kind NOT IN ({STAFF_KINDS})
    ORDER BY order_id, product_id, occurred_at, kind
"""  # noqa: S608 - made of constants
_BALANCES: Final = f"""
        SELECT u.product_id, SUM(u.in_catalogue) AS in_catalogue, SUM(u.in_stock) AS in_stock,
               SUM(u.on_hand) AS on_hand, SUM(u.held) AS held,
               SUM(u.moved_on_hand) AS moved_on_hand, SUM(u.moved_held) AS moved_held,
               SUM(u.reserved) AS reserved, SUM(u.later) AS later, COUNT(*) AS sources
        FROM (
            SELECT product_id, 1 AS in_catalogue, 0 AS in_stock, 0 AS on_hand, 0 AS held,
                   0 AS moved_on_hand, 0 AS moved_held, 0 AS reserved, 0 AS later FROM products
            UNION ALL
            SELECT product_id, 0, 1, on_hand, held, 0, 0, 0, 0 FROM stock
            UNION ALL
            SELECT product_id, 0, 0, 0, 0, SUM({_ON_HAND}), SUM({_HELD}), 0, SUM({_LATER_KIND})
            FROM stock_checkpoints GROUP BY product_id
            UNION ALL
            SELECT product_id, 0, 0, 0, 0, SUM({_ON_HAND}), SUM({_HELD}), 0, SUM({_LATER_KIND})
            FROM stock_movements FORCE INDEX (PRIMARY)
            WHERE movement_id > %s GROUP BY product_id
            UNION ALL
            SELECT product_id, 0, 0, 0, 0, 0, 0, SUM(quantity), 0
            FROM reservations FORCE INDEX (reservations_by_expiry)
            WHERE state = 'held' GROUP BY product_id
            UNION ALL
            SELECT DISTINCT product_id, 0, 0, 0, 0, 0, 0, 0, 1
            FROM reservations FORCE INDEX (reservations_by_expiry) WHERE {_LATER_STATE}
        ) u
        GROUP BY u.product_id
"""  # noqa: S608 - made of constants
SELECT_BALANCES: Final = f"""
    SELECT b.* FROM ({_BALANCES}) b
    WHERE b.later = 0
      AND (b.in_catalogue = 0 OR b.in_stock = 0 OR b.on_hand <> b.moved_on_hand
           OR b.held <> b.moved_held OR b.held <> b.reserved)
    ORDER BY b.product_id
"""  # noqa: S608 - made of constants
BALANCES_OF: Final = f"SELECT b.* FROM ({_BALANCES}) b WHERE b.product_id IN %s"  # noqa: S608 - made of constants
