"""Rows of archived orders that were changed by hand: found, and repaired without losing a unit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest

from gorder.contracts.audit import AuditedLine, Finding
from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.commands.repair_stock import RepairStock, RepairStockHandler
from gorder.stock.commands.repair_stock_order import RepairStockOrder, RepairStockOrderHandler
from gorder.stock.model import ReservationState, Signature
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import Keep
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_snapshot import SummedUnits
from tests.integration.stock.audited import AuditedShop, settle
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_archive import BALANCE, archive, reservation

pytestmark = pytest.mark.servers

ANN = Signature("ann@example.com", "A row was changed.")
ORDERED = tuple(
    AuditedLine(each, each, 2, 500, "eur", f"price_{each}") for each in ("bread", "soup")
)
LINES = """
    SELECT product_id, quantity, state, archived FROM reservations
    WHERE order_id = %s ORDER BY product_id
"""
RESERVATIONS = "SELECT * FROM reservations ORDER BY order_id, product_id"
ARCHIVE = "SELECT * FROM archived_movements ORDER BY product_id, kind"
SUMS = "SELECT * FROM stock_checkpoints WHERE quantity <> 0 ORDER BY product_id, kind"


@dataclass
class ArchiveStaff:
    """A shop whose old orders are archived, and the repairs of it."""

    shop: AuditedShop
    units: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.repairs = MysqlRepairs(self.shop.store)
        self.units = self.rows(BALANCE)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.shop.database.rows(sql, *values)

    def order(self, order_id: str, keep: Keep, state: str | None = None) -> Repaired:
        command = RepairStockOrder(uuid4().hex, order_id, keep, ANN, state, ORDERED)
        return RepairStockOrderHandler(self.repairs, lambda: datetime.now(UTC))(command)

    def product(self, product_id: str) -> Repaired:
        return RepairStockHandler(self.repairs)(RepairStock(uuid4().hex, product_id, ANN))

    def found(self) -> set[tuple[str, str]]:
        return {(each.kind, each.subject) for each in self.shop.audit(full=True)}

    def require_clean(self) -> None:
        assert self.shop.audit(full=True) == self.shop.audit() == list[Finding]()
        assert self.rows(BALANCE) == self.units


@pytest.fixture
def grown(database: StockDatabase) -> Iterator[AuditedShop]:
    database.rows("DELETE FROM stock_repairs")
    shop = AuditedShop(database)
    shop.grow_old()
    yield shop
    shop.store.close()


@pytest.fixture
def staff(grown: AuditedShop) -> ArchiveStaff:
    archive(grown.store)
    return ArchiveStaff(grown)


@pytest.mark.parametrize("product_ids", [("bread", "soup"), ("soup",)])
@pytest.mark.parametrize("order_id", ["returned", "given-back", "released", "wasted-again"])
def test_a_deleted_line_of_an_archived_order_is_written_again(
    staff: ArchiveStaff, order_id: str, product_ids: tuple[str, ...]
) -> None:
    if order_id == "released":  # paid after all
        paid = partial(settle, reservation("released", "confirmed"), ReservationState.RELEASED)
        staff.shop.store.run(paid)
        staff.units = staff.rows(BALANCE)
    lines = staff.rows(LINES, order_id)
    staff.rows(
        "DELETE FROM reservations WHERE order_id = %s AND product_id IN %s", order_id, product_ids
    )
    missing = {("archive_differs", f"product {each}") for each in product_ids}
    assert staff.found() == {("reservation_missing", f"order {order_id}")} | missing

    with pytest.raises(RepairRefusal, match=r"archived, and there is no line .* --keep movements"):
        staff.order(order_id, Keep.RESERVATION)
    repaired = staff.order(order_id, Keep.MOVEMENTS)

    assert repaired.left == ()
    assert staff.rows(LINES, order_id) == lines
    staff.require_clean()


@pytest.mark.parametrize("keep", [Keep.MOVEMENTS, Keep.RESERVATION])
@pytest.mark.parametrize("archived", [None, "reserved"])
@pytest.mark.parametrize("order_id", ["confirmed", "retaken", "released", "returned"])
def test_archived_kinds_that_a_line_has_lost_come_back(
    staff: ArchiveStaff, order_id: str, archived: str | None, keep: Keep
) -> None:
    before = staff.rows(RESERVATIONS)
    staff.rows(
        "UPDATE reservations SET archived = %s WHERE order_id = %s AND product_id = 'soup'",
        *(archived, order_id),
    )
    found = staff.found()
    assert found == {("archive_differs", "product soup"), ("movements_differ", f"order {order_id}")}
    with pytest.raises(RepairRefusal, match="repair the orders that gorder audit --full names"):
        staff.product("soup")

    repaired = staff.order(order_id, keep)

    assert repaired.left == ()
    assert staff.rows(RESERVATIONS) == before
    staff.require_clean()


@pytest.mark.parametrize("keep", [Keep.MOVEMENTS, Keep.RESERVATION])
def test_the_quantity_of_an_archived_line_comes_from_its_order(
    staff: ArchiveStaff, keep: Keep
) -> None:
    before = staff.rows(RESERVATIONS)
    staff.rows("UPDATE reservations SET quantity = 9 WHERE order_id = 'confirmed'")
    sums = staff.rows(SUMS)
    assert staff.found() == {("archive_differs", f"product {each}") for each in ("bread", "soup")}
    assert staff.rows(SUMS) == sums

    staff.order("confirmed", keep)

    assert staff.rows(RESERVATIONS) == before
    staff.require_clean()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM archived_movements WHERE kind = 'released' AND product_id = 'soup'",
        "DELETE FROM archived_movements WHERE product_id = 'soup'",
        "UPDATE archived_movements SET quantity = 1 WHERE kind = 'retaken' AND product_id = 'soup'",
        "INSERT INTO archived_movements VALUES ('soup', 'wasted', 3)",
    ],
)
def test_archived_sums_are_written_from_the_lines(staff: ArchiveStaff, statement: str) -> None:
    archived, sums = staff.rows(ARCHIVE), staff.rows(SUMS)
    staff.rows(statement)
    for _ in range(2):
        assert staff.found() == {("archive_differs", "product soup")}
        assert staff.rows(SUMS) == sums

    repaired = staff.product("soup").repair

    assert staff.rows(ARCHIVE) == archived
    assert repaired.before.archived != repaired.after.archived
    assert SummedUnits("soup", "released", 8) in repaired.after.archived
    [kept] = staff.repairs.kept(9)
    assert kept.repair == repaired
    staff.require_clean()
    assert not staff.product("soup").repair.changes


@pytest.mark.parametrize("keep", [Keep.MOVEMENTS, Keep.RESERVATION])
@pytest.mark.parametrize("is_audited", [False, True])
def test_a_repair_of_an_order_does_not_hide_a_changed_delivery(
    grown: AuditedShop, keep: Keep, *, is_audited: bool
) -> None:
    staff = ArchiveStaff(grown)
    staff.rows("UPDATE stock_movements SET quantity = 60 WHERE kind = 'received' LIMIT 1")
    [(lost,)] = staff.rows("SELECT product_id FROM stock_movements WHERE quantity = 60")
    staff.rows("UPDATE reservations SET quantity = 3 WHERE order_id = 'confirmed'")
    if is_audited:
        assert ("checkpoint_differs", f"product {lost}") in staff.found()

    repaired = staff.order("confirmed", keep)

    assert repaired.left == (lost,)
    less = 0 if keep is Keep.MOVEMENTS else 1
    rows = [(key, units - less * (key != "tea"), held) for key, units, held in staff.units]  # type: ignore[operator]
    assert staff.rows(BALANCE) == rows
    expected = {("units_differ", f"product {lost}")}
    if not is_audited:
        assert staff.shop.audit() == []
        expected.add(("checkpoint_differs", f"product {lost}"))
    assert staff.found() == expected
    units = staff.product(str(lost)).repair
    assert units.before.units[0].on_hand == 90 - less
    assert units.after.units[0].on_hand == 50 - less
    assert staff.found() == set()


@pytest.mark.parametrize("is_audited", [False, True])
def test_what_was_the_order_s_own_ends_with_its_repair(
    grown: AuditedShop, *, is_audited: bool
) -> None:
    staff = ArchiveStaff(grown)
    staff.rows(
        "DELETE FROM stock_movements WHERE reference = 'confirmed' AND kind = 'confirmed'"
        " AND product_id = 'soup'"
    )
    staff.rows("UPDATE stock_movements SET quantity = 3 WHERE reference = 'held'")
    if is_audited:
        assert staff.found()

    for order_id in ("confirmed", "held"):
        staff.order(order_id, Keep.RESERVATION)

    staff.require_clean()


def test_sums_in_pages_are_those_of_one_page(staff: ArchiveStaff) -> None:
    store = staff.shop.store
    whole, paged, pages = store.add_up(None, 5000), store.add_up(None, 3), 1
    while paged.more:
        paged, pages = store.add_up(paged, 3), pages + 1

    assert not whole.more
    assert pages > 3
    assert (paged.sums, paged.marked) == (whole.sums, whole.marked)
    assert whole.marked == whole.archived != {}


@pytest.mark.parametrize("order_id", ["confirmed", "held"])
def test_a_state_is_not_named_beside_movements(staff: ArchiveStaff, order_id: str) -> None:
    with pytest.raises(
        RepairRefusal, match="--state is for --keep reservation and --keep order: leave it out"
    ):
        staff.order(order_id, Keep.MOVEMENTS, "wasted")


@pytest.mark.parametrize("order_id", ["confirmed", "returned"])
def test_an_archived_order_gets_lines_and_prices_back_from_its_document(
    staff: ArchiveStaff, order_id: str
) -> None:
    lines = staff.rows(LINES, order_id)
    staff.rows("DELETE FROM reservations WHERE order_id = %s AND product_id = 'bread'", order_id)
    staff.rows("UPDATE reservations SET unit_amount = 1 WHERE order_id = %s", order_id)
    with pytest.raises(RepairRefusal, match="are archived, so its units and its state cannot"):
        staff.order(order_id, Keep.ORDER, "wasted")

    made = staff.order(order_id, Keep.ORDER)

    assert made.left == ()
    assert [line.price.unit_amount for line in made.repair.before.named] == [1]
    assert staff.rows(LINES, order_id) == lines
    staff.require_clean()
