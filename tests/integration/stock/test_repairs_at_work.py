"""Repairs beside buyers, audits and other repairs, and when the process dies."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.repair_stock import RepairStock, RepairStockHandler
from gorder.stock.commands.repair_stock_order import RepairStockOrder, RepairStockOrderHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogue, SyncCatalogueHandler
from gorder.stock.refusals import (
    RepairDiffers,
    RepairRefusal,
    ReservationNotFound,
    UnknownProductRefusal,
)
from gorder.stock.repair import Keep
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_snapshot import StoredUnits
from tests.fakes.products import FixedProducts, product
from tests.integration.stock.audited import PRODUCTS, TABLES, AuditedShop
from tests.integration.stock.buyers import NO_REDIS, orders_of, start_buyers
from tests.integration.stock.cutting_proxy import COMMIT, NOTHING_CUT, Cut, cutting_proxy
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_audit import begin_hold
from tests.integration.stock.test_entries import at_once
from tests.integration.stock.test_repairs import ANN, NOW, Staff

pytestmark = pytest.mark.servers

type Stores = Callable[..., MysqlStockStore]
ROWS = (*TABLES, "stock_repairs")


@pytest.fixture
def shop(database: StockDatabase) -> Iterator[AuditedShop]:
    database.rows("DELETE FROM stock_repairs")
    shop = AuditedShop(database)
    yield shop
    shop.store.close()


@pytest.fixture
def staff(shop: AuditedShop) -> Staff:
    return Staff(shop)


def repair(store: MysqlStockStore, product_id: str, repair_id: str | None = None) -> Repaired:
    command = RepairStock(repair_id or uuid4().hex, product_id, ANN)
    return RepairStockHandler(MysqlRepairs(store))(command)


def everything(database: StockDatabase) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(database.rows(f"SELECT * FROM {table}"), key=str) for table in ROWS}  # noqa: S608 - constants


def one_more_on_hand(database: StockDatabase, product_id: str) -> None:
    database.rows("UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = %s", product_id)


@pytest.mark.parametrize("keep", [Keep.MOVEMENTS, Keep.RESERVATION])
def test_a_dry_run_says_what_is_done_and_changes_nothing(staff: Staff, keep: Keep) -> None:
    database = staff.shop.database
    staff.shop.grow_old()
    one_more_on_hand(database, "soup")
    database.rows("UPDATE reservations SET quantity = 3 WHERE order_id = 'confirmed'")
    database.rows("DELETE FROM stock WHERE product_id = 'bread'")
    before = everything(database)

    said = staff.repair_order("confirmed", keep, "r1", dry_run=True)
    assert everything(database) == before
    done = staff.repair_order("confirmed", keep, "r1")

    assert (said.is_new, done.is_new) == (False, True)
    left = ("bread", "soup")  # the order did not change these rows
    assert (said.repair, said.left) == (done.repair, done.left) == (done.repair, left)
    assert [each.product_id for each in done.repair.after.units] == ["bread", "soup"]
    assert done.repair.before.units[0] == StoredUnits("bread", True, None, None)
    for product_id in left:
        staff.repair(product_id)
    assert staff.shop.audit(full=True) == []


def test_the_same_repair_twice_changes_nothing_more(staff: Staff) -> None:
    one_more_on_hand(staff.shop.database, "soup")
    first = staff.repair("soup", "r1")
    one_more_on_hand(staff.shop.database, "soup")
    rows = everything(staff.shop.database)

    again = staff.repair("soup", "r1")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.repair == again.repair
    assert everything(staff.shop.database) == rows
    with pytest.raises(RepairDiffers, match="r1 has repaired product soup, not product bread"):
        staff.repair("bread", "r1")
    with pytest.raises(RepairDiffers, match="r1 has repaired product soup, not order held"):
        staff.repair_order("held", Keep.MOVEMENTS, "r1")


def test_where_nothing_contradicts_nothing_is_recorded(staff: Staff) -> None:
    rows = everything(staff.shop.database)

    made = [staff.repair(product_id) for product_id in PRODUCTS]
    keeps = (Keep.MOVEMENTS, Keep.RESERVATION)
    made += [staff.repair_order(order, keep) for order in ("held", "retaken") for keep in keeps]

    assert not any(each.is_new or each.repair.changes or each.left for each in made)
    assert everything(staff.shop.database) == rows


def test_what_no_row_names_is_refused(staff: Staff) -> None:
    with pytest.raises(UnknownProductRefusal, match="there is no product ghost"):
        staff.repair("ghost")
    with pytest.raises(ReservationNotFound, match="order ghost has no reservation and no move"):
        staff.repair_order("ghost", Keep.MOVEMENTS)
    assert staff.shop.audit() == []


def test_a_repair_that_lacks_units_is_refused(staff: Staff) -> None:
    database = staff.shop.database
    database.rows(
        "UPDATE reservations SET quantity = 1000 WHERE order_id = 'confirmed'"
        " AND product_id = 'soup'"
    )
    with pytest.raises(RepairRefusal, match=r"soup would have .* keep the other rows"):
        staff.repair_order("confirmed", Keep.RESERVATION)
    staff.repair_order("confirmed", Keep.MOVEMENTS)

    database.rows("DELETE FROM stock_movements WHERE reference = 'opening' AND product_id = 'soup'")
    with pytest.raises(RepairRefusal, match=r"Book \d+ units or more with gorder stock receive"):
        staff.repair("soup")
    staff.receive("soup", 100)
    staff.repair("soup")

    assert staff.shop.audit(full=True) == []


def test_a_product_waits_for_the_repair_of_its_orders(staff: Staff) -> None:
    database = staff.shop.database
    database.rows("DELETE FROM stock_movements WHERE reference = 'held' AND product_id = 'soup'")

    with pytest.raises(RepairRefusal, match="hold 0 units, and its held reservations 2: repair"):
        staff.repair("soup")

    staff.repair_order("held", Keep.RESERVATION)
    assert staff.shop.audit(full=True) == []


def test_two_orders_that_lack_movements_can_be_repaired_one_after_the_other(staff: Staff) -> None:
    database = staff.shop.database
    database.rows("DELETE FROM stock_movements WHERE kind = 'reserved' AND product_id = 'soup'")

    orders = [row[0] for row in database.rows("SELECT DISTINCT order_id FROM reservations")]
    made = [staff.repair_order(order_id, Keep.RESERVATION) for order_id in orders]

    assert [each.left for each in made] == [("soup",)] * (len(orders) - 1) + [()]
    assert staff.shop.audit(full=True) == []


def test_units_of_a_later_release_are_refused(staff: Staff) -> None:
    database = staff.shop.database
    for (name,) in database.rows(
        "SELECT constraint_name FROM information_schema.check_constraints"
        " WHERE constraint_schema = DATABASE() AND (constraint_name LIKE 'stock_movements%%kind%%'"
        " OR constraint_name = 'reservations_known_state')"
    ):
        table = "reservations" if name.startswith("reservations") else "stock_movements"
        database.rows(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    database.rows(
        "UPDATE stock_movements SET kind = 'lent' WHERE kind = 'confirmed' AND reference = 'wasted'"
    )
    database.rows("UPDATE reservations SET state = 'lent' WHERE order_id = 'held'")
    rows = everything(database)

    with pytest.raises(RepairRefusal, match="a later release has moved units of soup"):
        staff.repair("soup")
    for order_id in ("wasted", "held"):
        with pytest.raises(RepairRefusal, match="has lent, which a later release wrote"):
            staff.repair_order(order_id, Keep.RESERVATION)
    assert everything(database) == rows


def test_a_repair_waits_for_a_buyer_and_counts_its_hold(shop: AuditedShop, stores: Stores) -> None:
    one_more_on_hand(shop.database, "tea")
    buyer, store = shop.database.connect(), stores()
    begin_hold(buyer, "open")

    repairing = threading.Thread(target=repair, args=(store, "tea"))
    repairing.start()
    repairing.join(0.3)
    assert repairing.is_alive()
    buyer.commit()
    repairing.join(20)
    buyer.close()

    assert shop.database.level("tea") == (100, 1)
    assert shop.audit(full=True) == []


def test_repairs_and_many_buyers_at_once_lose_no_unit(
    database: StockDatabase, shop: AuditedShop, stores: Stores
) -> None:
    """Rows are corrupted while buyers are at work, and repaired."""
    buyers = start_buyers(database, NO_REDIS, [orders_of("soup", 25) for _ in range(3)], "any")
    staff = Staff(shop)
    staff.repairs = MysqlRepairs(stores(budget_seconds=30.0))
    corruptions = (
        "UPDATE stock SET on_hand = on_hand + 3 WHERE product_id = 'soup'",
        "DELETE FROM stock_movements WHERE reference = 'held' AND product_id = 'soup'",
        "UPDATE reservations SET quantity = 1 WHERE order_id = 'wasted' AND product_id = 'soup'",
        "UPDATE stock_movements SET quantity = 7 WHERE reference = 'released'",
    )
    for statement in corruptions * 4:
        database.rows(statement)
        for order_id in ("held", "wasted", "released"):
            staff.repair_order(order_id, Keep.RESERVATION)
        staff.repair("soup")
        shop.store.advance(1000, timedelta(0))
    buyers.outcomes()

    assert database.unbalanced() == []
    assert shop.audit() == shop.audit(full=True) == []
    assert len(staff.made) > len(corruptions)


def test_of_two_repairs_at_once_one_is_made(shop: AuditedShop, stores: Stores) -> None:
    for repair_id in ("r1", None):
        one_more_on_hand(shop.database, "soup")
        made: list[Repaired] = []

        def work(store: MysqlStockStore, name: str | None, made: list[Repaired]) -> None:
            made.append(repair(store, "soup", name))

        at_once(*(partial(work, stores(budget_seconds=30.0), repair_id, made) for _ in range(4)))
        assert sorted(each.is_new for each in made) == [False, False, False, True]
    assert shop.database.rows("SELECT COUNT(*) FROM stock_repairs") == [(2,)]
    assert shop.audit(full=True) == []


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_repair_whose_commit_is_cut_is_made_once(
    shop: AuditedShop, stores: Stores, cut: Cut
) -> None:
    shop.grow_old()
    shop.database.rows("UPDATE stock_movements SET quantity = 3 WHERE reference = 'held'")
    with cutting_proxy(shop.database.url, cut, at=COMMIT) as proxy:
        store = stores(proxy.url)
        command = RepairStockOrder("r1", "held", Keep.RESERVATION, ANN)
        RepairStockOrderHandler(MysqlRepairs(store), lambda: NOW)(command)

    assert proxy.cuts == 1, NOTHING_CUT
    assert shop.database.rows("SELECT repair_id FROM stock_repairs") == [("r1",)]
    assert shop.audit() == shop.audit(full=True) == []


def test_a_full_audit_does_not_keep_sums_of_before_a_repair(staff: Staff) -> None:
    staff.shop.grow_old()
    staff.shop.database.rows("UPDATE stock_movements SET quantity = 3 WHERE reference = 'held'")
    added_up = staff.shop.store.add_up(None, 1000)
    staff.repair_order("held", Keep.RESERVATION)
    sums = staff.shop.database.rows("SELECT * FROM stock_checkpoints")

    assert staff.shop.store.replace_checkpoint(added_up) is None

    assert staff.shop.database.rows("SELECT * FROM stock_checkpoints") == sums
    assert staff.shop.audit() == staff.shop.audit(full=True) == []


def test_the_record_is_paged_newest_first(staff: Staff) -> None:
    for product_id in PRODUCTS:
        one_more_on_hand(staff.shop.database, product_id)
        staff.repair(product_id, f"r-{product_id}")

    first, second = staff.repairs.kept(2), staff.repairs.kept(2, "r-soup")

    assert [each.repair.subject for each in (*first, *second)] == [
        "product tea",
        "product soup",
        "product bread",
    ]
    assert first[0].repair.before.units == (StoredUnits("tea", True, 101, 0),)
    assert first[0].repair.after.units == (StoredUnits("tea", True, 100, 0),)


def test_a_missing_product_comes_back_from_stripe_or_from_a_repair(staff: Staff) -> None:
    database, store = staff.shop.database, staff.shop.store
    listed = [product(each, amount=500) for each in PRODUCTS]
    for source in (listed, listed[:-1]):  # tea is not at Stripe any more
        database.rows("DELETE FROM products")
        database.rows("DELETE FROM stock WHERE product_id = 'soup'")
        kinds = {finding.kind for finding in staff.shop.audit()}
        assert kinds == {"product_missing", "stock_row_missing", "units_differ"}
        SyncCatalogueHandler(store, FixedProducts(*source))(SyncCatalogue())
        kinds = {finding.kind for finding in staff.shop.audit()}
        assert kinds == {"units_differ"} | {"product_missing" for _ in [*PRODUCTS[len(source) :]]}
        for product_id in PRODUCTS:
            staff.repair(product_id)
        assert staff.shop.audit() == []

    assert database.rows("SELECT active FROM products WHERE product_id = 'tea'") == [(0,)]


def test_a_stock_row_comes_back_though_no_product_has_changed(staff: Staff) -> None:
    listed = [product(each, amount=500) for each in PRODUCTS]
    sync = SyncCatalogueHandler(staff.shop.store, FixedProducts(*listed))
    sync(SyncCatalogue())
    staff.shop.database.rows("DELETE FROM stock WHERE product_id = 'soup'")

    assert sync(SyncCatalogue()).saved == ()

    assert {finding.kind for finding in staff.shop.audit()} == {"units_differ"}


def test_a_product_that_is_added_to_the_catalogue_is_on_record(staff: Staff) -> None:
    """Its units move with an order; nothing else contradicts them afterwards."""
    database = staff.shop.database
    staff.shop.grow_old()
    database.rows("DELETE FROM products WHERE product_id = 'bread'")
    database.rows("UPDATE reservations SET quantity = 3 WHERE order_id = 'confirmed'")

    made = staff.repair_order("confirmed", Keep.RESERVATION)

    bread = [each.units[0] for each in (made.repair.before, made.repair.after)]
    assert [each.in_catalogue for each in bread] == [False, True]
    assert made.left == ()
    assert database.rows("SELECT name FROM products WHERE product_id = 'bread'") == [("bread",)]
    assert staff.shop.audit(full=True) == []


def test_a_record_of_the_release_before_can_be_read(staff: Staff) -> None:
    database = staff.shop.database
    one_more_on_hand(database, "soup")
    made = staff.repair("soup", "r1")
    for side in ("rows_before", "rows_after"):
        database.rows(f"UPDATE stock_repairs SET {side} = JSON_REMOVE({side}, '$.named')")  # noqa: S608 - constants

    assert [each.repair for each in staff.repairs.kept(9)] == [made.repair]
