"""Archived orders that were changed by hand afterwards: found, repaired, and units stay right."""

from collections.abc import Iterator

import pytest

from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import Keep
from gorder.stock.repair_replies import stock_repaired
from tests.integration.stock.audited import STATES, AuditedShop
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_archive import archive, books
from tests.integration.stock.test_repairs import Staff

pytestmark = pytest.mark.servers

UNITS = "SELECT product_id, on_hand, held FROM stock ORDER BY product_id"
RESERVATIONS = (
    "SELECT order_id, product_id, quantity, state, archived FROM reservations"
    " ORDER BY order_id, product_id"
)
BY_STATE = {states[-1]: order_id for order_id, states in STATES.items() if states}
"""An order of each state in which it can be archived."""
OTHER_STATES = sorted(
    (order_id, other) for state, order_id in BY_STATE.items() for other in {*BY_STATE} - {state}
)


@pytest.fixture
def staff(database: StockDatabase) -> Iterator[Staff]:
    """A shop that has archived what can be."""
    database.rows("DELETE FROM stock_repairs")
    shop = AuditedShop(database)
    shop.grow_old()
    archive(shop.store)
    yield Staff(shop)
    shop.store.close()


def kept(shop: AuditedShop) -> tuple[object, ...]:
    """Return what a repair has to bring back."""
    archived = "SELECT product_id, kind, quantity FROM archived_movements ORDER BY 1, 2"
    rows = (shop.database.rows(query) for query in (UNITS, RESERVATIONS, archived))
    return (*rows, *books(shop))


def require_clean(shop: AuditedShop) -> None:
    assert shop.audit() == shop.audit(full=True) == shop.audit() == []
    first = shop.store.add_up(None, 50_000)
    sums, actual = shop.store.replace_checkpoint(first) or ({}, {})
    assert sums == actual != {}


@pytest.mark.parametrize(("order_id", "state"), OTHER_STATES)
def test_another_state_is_found_and_the_movements_bring_it_back(
    staff: Staff, order_id: str, state: str
) -> None:
    shop = staff.shop
    before = kept(shop)
    shop.database.rows("UPDATE reservations SET state = %s WHERE order_id = %s", state, order_id)
    assert f"order {order_id}" in shop.subjects(full=True)

    planned = staff.repair_order(order_id, Keep.MOVEMENTS, dry_run=True)
    assert planned.repair.changes
    assert f"order {order_id}" in shop.subjects()
    done = staff.repair_order(order_id, Keep.MOVEMENTS)

    assert (done.repair.before, done.repair.after) == (planned.repair.before, planned.repair.after)
    assert not staff.repair_order(order_id, Keep.MOVEMENTS).is_new
    [line, _] = stock_repaired(done).after.lines
    assert (line.state, "reserved" in line.archived) == (STATES[order_id][-1], True)
    assert kept(shop) == before
    require_clean(shop)


@pytest.mark.parametrize(
    "change",
    [
        "settled_at = NULL",
        "settled_at = settled_at + INTERVAL 40 MINUTE",
        "state = 'held', settled_at = NULL",
        "expires_at = expires_at + INTERVAL 1 HOUR",
    ],
)
@pytest.mark.parametrize("order_id", sorted(BY_STATE.values()))
@pytest.mark.parametrize("lines", [1, 2])
def test_other_times_are_found_and_the_movements_bring_them_back(
    staff: Staff, order_id: str, change: str, lines: int
) -> None:
    shop = staff.shop
    before = kept(shop)
    shop.database.rows(
        f"UPDATE reservations SET {change} WHERE order_id = %s LIMIT {lines}",  # noqa: S608 - constants
        order_id,
    )
    shop.audit(full=True)

    staff.repair_order(order_id, Keep.MOVEMENTS)

    assert kept(shop) == before
    require_clean(shop)


def test_the_reservation_is_kept_and_what_it_lacks_is_booked(staff: Staff) -> None:
    """An archived cancelled order whose units are sold after all."""
    shop = staff.shop
    [before] = shop.database.rows("SELECT on_hand FROM stock WHERE product_id = 'soup'")
    shop.database.rows("UPDATE reservations SET state = 'confirmed' WHERE order_id = 'released'")

    staff.repair_order("released", Keep.RESERVATION)

    assert {kind for kind, _ in shop.database.movements("released")} == {"retaken", "confirmed"}
    [after] = shop.database.rows("SELECT on_hand FROM stock WHERE product_id = 'soup'")
    assert after[0] == before[0] - 2
    require_clean(shop)


def test_a_reservation_that_contradicts_what_is_archived_is_not_kept(staff: Staff) -> None:
    staff.shop.database.rows("UPDATE reservations SET state = 'held' WHERE order_id = 'confirmed'")

    with pytest.raises(RepairRefusal, match="use --keep movements"):
        staff.repair_order("confirmed", Keep.RESERVATION)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stock SET on_hand = on_hand + 7 WHERE product_id = 'soup'",
        "UPDATE stock SET on_hand = 0, held = 0 WHERE product_id = 'soup'",
        "DELETE FROM stock WHERE product_id = 'soup'",
        "UPDATE stock_checkpoints SET quantity = quantity + 1 WHERE product_id = 'soup'",
        "DELETE FROM stock_checkpoints WHERE product_id = 'soup'",
    ],
)
def test_a_product_is_set_to_the_sums_of_its_movements_and_of_the_archive(
    staff: Staff, change: str
) -> None:
    shop = staff.shop
    before = kept(shop)
    shop.database.rows(change)
    assert "product soup" in shop.subjects()

    staff.repair("soup")

    assert kept(shop) == before
    require_clean(shop)


def test_an_archive_and_audits_after_a_repair(staff: Staff) -> None:
    """What a repair has written is signed and stays; another order goes."""
    shop = staff.shop
    shop.database.rows("UPDATE reservations SET state = 'confirmed' WHERE order_id = 'released'")
    staff.repair_order("released", Keep.RESERVATION)
    added_up = shop.store.add_up(None, 50_000)
    shop.database.rows("UPDATE reservations SET settled_at = NULL WHERE order_id = 'wasted'")
    staff.repair_order("wasted", Keep.MOVEMENTS)

    assert shop.store.replace_checkpoint(added_up) is None
    shop.grow_old()
    before = books(shop)
    archive(shop.store)

    assert books(shop) == before
    assert {kind for kind, _ in shop.database.movements("released")} == {"retaken", "confirmed"}
    require_clean(shop)
    staff.repair("soup")
    assert books(shop) == before
