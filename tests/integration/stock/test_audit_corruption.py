"""Rows that were changed, deleted or added by hand, one at a time: the audit names each."""

from collections.abc import Iterator

import pytest

from tests.integration.stock.audited import STATES, AuditedShop
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

LINE = "product_id = 'soup' AND order_id"
MOVED = "product_id = 'soup' AND reference"
ACROSS = "IF(EXISTS (SELECT 1 FROM stock_checkpoints), movement_id + 1000000, -movement_id)"
FEW = ("held", "confirmed", "released", "retaken", "returned", "wasted-held")
NOT_COMPARED = {
    "reservations.name": "its source is the order document",
    "reservations.price_id": "its source is the order document",
    "reservations.unit_amount": "its source is the order document",
    "reservations.currency": "its source is the order document",
    "stock_movements.booked_by": "nothing else says who booked a movement",
    "stock_movements.reason": "nothing else says why staff booked a movement",
    "stock_movements.counted": "nothing else says how many units staff counted",
}
ALSO_NOT_COMPARED = {
    "reservations.expires_at": "of an order with one line: nothing else says until when it is held",
    "stock_movements.movement_id": "of a movement that stays on its side of the checkpoint",
    "stock_movements.occurred_at": "of a movement of staff, or between two others of its order",
    "stock_movements.reference": "of a movement of staff: nothing else names the delivery",
}
"""Columns that are compared, except in these rows."""
OTHER_KINDS = (
    ("held", "reserved", "received confirmed released retaken returned wasted"),
    ("confirmed", "confirmed", "received released retaken returned wasted"),
    ("released", "released", "received confirmed retaken returned wasted"),
    ("retaken", "retaken", "received returned wasted"),
    ("returned", "returned", "received released retaken wasted"),
    ("wasted", "wasted", "received released retaken returned"),
)
"""Of an order: a movement, and the kinds that the unique key does not refuse."""
CHANGES = {
    "stock.product_id": [("'ghost'", "product_id = 'tea'", "product tea")],
    "stock.on_hand": [
        ("on_hand + 1", "product_id = 'soup'", "product soup"),
        ("on_hand - 1", "product_id = 'tea'", "product tea"),
    ],
    "stock.held": [
        ("held + 1", "product_id = 'soup'", "product soup"),
        ("0", "product_id = 'soup'", "product soup"),
    ],
    "reservations.order_id": [("'ghost'", f"{LINE} = '{o}'", f"order {o}") for o in FEW],
    "reservations.product_id": [("'tea'", f"{LINE} = '{o}'", f"order {o}") for o in FEW],
    "reservations.quantity": [
        (value, f"{LINE} = '{o}'", f"order {o}") for o in FEW for value in ("1", "3")
    ],
    "reservations.state": [
        (f"'{state}'", f"{LINE} = '{o}' AND state <> '{state}'", f"order {o}")
        for o, states in STATES.items()
        for state in ("held", "confirmed", "released", "returned", "wasted")
        if state != (states or ("held",))[-1]
    ],
    "reservations.expires_at": [
        ("expires_at + INTERVAL 1 SECOND", f"{LINE} = '{o}'", f"order {o}") for o in FEW
    ],
    "reservations.reserved_at": [
        (f"reserved_at {by} INTERVAL 16 MINUTE", f"{LINE} = '{o}'", f"order {o}")
        for o in FEW
        for by in "+-"
    ],
    "reservations.settled_at": [
        (value, f"{LINE} = '{o}'", f"order {o}")
        for o in FEW
        for value in (
            ("reserved_at",)
            if o == "held"
            else ("NULL", "settled_at + INTERVAL 16 MINUTE", "settled_at - INTERVAL 16 MINUTE")
        )
    ],
    "reservations.archived": [
        (f"'{kind}'", f"{LINE} = '{o}'", f"order {o}")
        for o in FEW
        for kind in ("reserved", "confirmed")
    ],
    "stock_movements.movement_id": [
        (ACROSS, f"{MOVED} = 'opening'", "product soup"),
        (ACROSS, f"{MOVED} = 'held'", "product soup"),
    ],
    "stock_movements.product_id": [
        *(("'tea'", f"{MOVED} = '{o}'", f"order {o}") for o in FEW),
        ("'ghost'", "product_id = 'tea'", "product tea"),
    ],
    "stock_movements.kind": [
        *(
            (f"'{kind}'", f"{MOVED} = '{o}' AND kind = '{was}'", f"order {o}")
            for o, was, kinds in OTHER_KINDS
            for kind in kinds.split()
        ),
        ("'reserved'", "product_id = 'tea'", "product tea"),
    ],
    "stock_movements.reference": [
        *(("'ghost'", f"{MOVED} = '{o}'", f"order {o}") for o in FEW),
        *(
            ("'held'", f"{MOVED} = '{o}' AND kind <> 'reserved'", f"order {o}")
            for o in FEW
            if o != "held"
        ),
    ],
    "stock_movements.quantity": [
        *((value, f"{MOVED} = '{o}'", f"order {o}") for o in FEW for value in ("1", "3")),
        ("99", "product_id = 'tea'", "product tea"),
    ],
    "stock_movements.occurred_at": [
        (f"occurred_at {by} INTERVAL 16 MINUTE", f"{MOVED} = '{o}'", f"order {o}")
        for o in FEW
        for by in "+-"
    ],
}
"""By column: the new value, the row, and what the audit must name."""
DELETED = [
    ("stock", "product_id = 'tea'", "product tea"),
    ("stock_movements", "product_id = 'tea'", "product tea"),
    *(("reservations", f"{LINE} = '{o}'", f"order {o}") for o in STATES),
    *(("stock_movements", f"{MOVED} = '{o}' AND kind = 'reserved'", f"order {o}") for o in STATES),
    *(
        ("stock_movements", f"{MOVED} = '{o}' AND kind = '{states[-1]}'", f"order {o}")
        for o, states in STATES.items()
        if states
    ),
]
GHOST, SOLD = "'ghost'", "'confirmed'"
_RESERVED = (
    "(order_id, product_id, quantity, state, expires_at, name, price_id, unit_amount, currency)"
    " SELECT {order}, 'tea', 2, {state}, expires_at, name, price_id, unit_amount, currency"
    " FROM reservations WHERE order_id = 'held' AND product_id = 'soup'"
)
_MOVED = "INSERT INTO stock_movements (product_id, kind, reference, quantity) VALUES "
ADDED = [
    ("INSERT INTO stock (product_id) VALUES ('ghost')", "product ghost"),
    (f"INSERT INTO reservations {_RESERVED.format(order=GHOST, state='state')}", "order ghost"),
    (f"INSERT INTO reservations {_RESERVED.format(order='order_id', state='state')}", "order held"),
    (_MOVED + "('tea', 'received', 'second', 1)", "product tea"),
    (_MOVED + "('ghost', 'received', 'second', 1)", "product ghost"),
    (_MOVED + "('tea', 'reserved', 'ghost', 1)", "order ghost"),
    (_MOVED + "('soup', 'wasted', 'confirmed', 2)", "order confirmed"),
    (_MOVED + "('soup', 'wasted', 'held', 2)", "order held"),
    (_MOVED + "('soup', 'returned', 'ghost', 2)", "order ghost"),
]
STATEMENTS = [
    *(
        (f"UPDATE {table} SET {table}.{column} = {value} WHERE {row}", subject)  # noqa: S608 - constants
        for (table, column), changes in ((c.split("."), CHANGES[c]) for c in CHANGES)
        for value, row, subject in changes
    ),
    *((f"DELETE FROM {table} WHERE {row}", subject) for table, row, subject in DELETED),  # noqa: S608 - constants
    *ADDED,
]


@pytest.fixture(scope="module")
def module_database(mysql_url: str) -> Iterator[StockDatabase]:
    database = StockDatabase(mysql_url)
    yield database
    database.close()


PLACES = ("before the checkpoint", "after the checkpoint")


@pytest.fixture(scope="module", params=PLACES)
def whole(request: pytest.FixtureRequest, module_database: StockDatabase) -> Iterator[AuditedShop]:
    """The shop whose rows are all behind the checkpoint, or all after it."""
    shop = AuditedShop(module_database)
    if request.param == "before the checkpoint":
        shop.grow_old()
    yield shop
    shop.store.close()


@pytest.fixture
def shop(whole: AuditedShop) -> Iterator[AuditedShop]:
    restore = whole.saved()
    yield whole
    restore()


def is_old(shop: AuditedShop) -> bool:
    return shop.database.rows("SELECT 1 FROM stock_checkpoints LIMIT 1") != []


def test_nothing_is_found_in_a_shop_that_was_not_touched(shop: AuditedShop) -> None:
    assert shop.audit() == shop.audit(full=True) == shop.audit() == []


@pytest.mark.parametrize(
    ("whole", "statement", "subject"),
    [(PLACES[n % 2], *each) for n, each in enumerate(STATEMENTS)],  # each column at both places
    indirect=["whole"],
)
def test_what_was_changed_by_hand_is_named(shop: AuditedShop, statement: str, subject: str) -> None:
    shop.database.rows(statement)

    if not is_old(shop):
        assert subject in shop.subjects()
    assert subject in shop.subjects(full=True)
    if ACROSS not in statement:  # that the full audit has put right, and reported
        assert subject in shop.subjects(), "the next audit has forgotten it"


def test_a_sold_reservation_without_movements_is_named_by_a_full_audit(shop: AuditedShop) -> None:
    """It holds nothing, and no movement leads to it."""
    shop.database.rows(f"INSERT INTO reservations {_RESERVED.format(order=GHOST, state=SOLD)}")

    assert shop.subjects() == set()
    assert shop.subjects(full=True) == shop.subjects() == {"order ghost"}


def test_every_column_is_compared_or_has_a_reason_why_not(shop: AuditedShop) -> None:
    found = shop.database.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE()"
        " AND table_name IN ('stock', 'reservations', 'stock_movements')"
    )

    columns = {f"{table}.{column}" for table, column in found}
    assert CHANGES.keys() <= columns <= CHANGES.keys() | NOT_COMPARED.keys()
    assert CHANGES.keys() >= ALSO_NOT_COMPARED.keys()
