"""Contract of StockRepairs, for the fake and the MySQL adapter: what was changed is put right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.contracts.audit import AuditedLine
from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.repair_stock import RepairStock, RepairStockHandler
from gorder.stock.commands.repair_stock_order import RepairStockOrder, RepairStockOrderHandler
from gorder.stock.model import (
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    Signature,
)
from gorder.stock.refusals import RepairDiffers, RepairRefusal, UnknownStockRepair
from gorder.stock.repair import Keep
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_ports import StockRepairs
from gorder.stock.repair_snapshot import StoredUnits
from tests.contract.stock_records import found, level, new_product, new_reservation
from tests.fakes.stock import MemoryStockStore
from tests.fakes.stock_ledger import AuditedStore, findings_about
from tests.fakes.stock_repairs import MemoryRepairs

ANN = Signature("ann@example.com", "Größe 'x' \\ %s 🍮")


@pytest.fixture
def store(stock_store: AuditedStore) -> AuditedStore:
    return stock_store


@pytest.fixture
def repairs(store: AuditedStore) -> StockRepairs:
    if isinstance(store, MemoryStockStore):
        return MemoryRepairs(store)
    assert isinstance(store, MysqlStockStore)
    return MysqlRepairs(store)


@pytest.fixture
def execute(request: pytest.FixtureRequest) -> Callable[..., None]:
    def execute(sql: str, *arguments: object) -> None:
        url = request.getfixturevalue("mysql_url")
        with connect_mysql(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql, list(arguments))
            connection.commit()

    return execute


@pytest.fixture
def soup(store: AuditedStore) -> Product:
    return new_product(store, 10)


@pytest.fixture
def confirmed(store: AuditedStore, soup: Product) -> Reservation:
    """The reservation of an order that bought two soups."""
    held = new_reservation((soup, 2))
    store.run(lambda stock: stock.hold([held]))
    store.run(lambda stock: stock.settle(held.confirm()))
    return held.confirm()


def repaired(
    repairs: StockRepairs, product_id: str, repair_id: str | None = None, *, dry_run: bool = False
) -> Repaired:
    command = RepairStock(repair_id or uuid4().hex, product_id, ANN, dry_run)
    return RepairStockHandler(repairs)(command)


def repaired_order(
    repairs: StockRepairs,
    order_id: str,
    keep: Keep,
    *ordered: AuditedLine,
    state: str | None = None,
) -> Repaired:
    command = RepairStockOrder(uuid4().hex, order_id, keep, ANN, state, ordered)
    return RepairStockOrderHandler(repairs, lambda: datetime.now(UTC))(command)


def set_on_hand(store: AuditedStore, execute: Callable[..., None], of: Product, units: int) -> None:
    if isinstance(store, MemoryStockStore):
        item = store.kept.stock[of.product_id]
        store.kept.stock[of.product_id] = replace(item, on_hand=units)
    else:
        execute("UPDATE stock SET on_hand = %s WHERE product_id = %s", units, of.product_id)


def delete_reservation(store: AuditedStore, execute: Callable[..., None], order_id: str) -> None:
    if isinstance(store, MemoryStockStore):
        del store.kept.reserved[order_id]
    else:
        execute("DELETE FROM reservations WHERE order_id = %s", order_id)


def test_units_are_set_to_their_books_and_the_repair_is_kept(
    store: AuditedStore, repairs: StockRepairs, soup: Product, execute: Callable[..., None]
) -> None:
    set_on_hand(store, execute, soup, 13)
    key, repair_id = soup.product_id, uuid4().hex

    dry = repaired(repairs, key, repair_id, dry_run=True)
    assert level(store, soup) == (13, 0)
    made = repaired(repairs, key, repair_id)
    again = repaired(repairs, key, repair_id)

    assert (dry.is_new, made.is_new, again.is_new) == (False, True, False)
    assert dry.repair == made.repair == again.repair
    assert made.repair.before.units == (StoredUnits(key, True, 13, 0),)
    assert made.repair.after.units == (StoredUnits(key, True, 10, 0),)
    assert level(store, soup) == (10, 0)
    assert findings_about(store, key) == []
    [kept] = repairs.kept(1)
    assert (kept.repair, kept.signature) == (made.repair, ANN)
    assert not repaired(repairs, key).repair.changes
    assert [each.repair.repair_id for each in repairs.kept(1)] == [repair_id]


def test_an_id_is_of_one_repair(
    store: AuditedStore, repairs: StockRepairs, soup: Product, execute: Callable[..., None]
) -> None:
    bread, repair_id = new_product(store, 1), uuid4().hex
    set_on_hand(store, execute, soup, 3)
    repaired(repairs, soup.product_id, repair_id)

    with pytest.raises(RepairDiffers, match="use another id"):
        repaired(repairs, bread.product_id, repair_id)
    with pytest.raises(UnknownStockRepair):
        repairs.kept(1, "ghost")


def test_a_product_without_units_gets_its_row(
    store: AuditedStore, repairs: StockRepairs, soup: Product, execute: Callable[..., None]
) -> None:
    key = soup.product_id
    if isinstance(store, MemoryStockStore):
        del store.kept.stock[key]
    else:
        execute("DELETE FROM stock WHERE product_id = %s", key)
        execute("DELETE FROM products WHERE product_id = %s", key)

    made = repaired(repairs, key)

    assert made.repair.before.units == (StoredUnits(key, False, None, None),)
    item = store.run(lambda stock: stock.items([key]))[key]
    assert (item.on_hand, item.product) == (10, Product(key, key, None, active=False))
    assert findings_about(store, key) == []


@pytest.mark.parametrize("keep", [Keep.MOVEMENTS, Keep.RESERVATION])
@pytest.mark.parametrize("state", [s for s in ReservationState if s != "confirmed"])
def test_a_state_is_put_right_or_its_movements_are(
    store: AuditedStore,
    repairs: StockRepairs,
    confirmed: Reservation,
    execute: Callable[..., None],
    state: ReservationState,
    keep: Keep,
) -> None:
    order_id, key = confirmed.order_id, confirmed.lines[0].product_id
    if isinstance(store, MemoryStockStore):
        store.kept.reserved[order_id] = replace(confirmed, state=state)
    else:
        execute("UPDATE reservations SET state = %s WHERE order_id = %s", state.value, order_id)

    made = repaired_order(repairs, order_id, keep)

    units = {"held": (10, 2), "released": (10, 0), "returned": (10, 0), "wasted": (8, 0)}
    expected = (8, 0) if keep is Keep.MOVEMENTS else units[state.value]
    assert made.is_new
    assert made.repair.after.units == (StoredUnits(key, True, *expected),)
    item = store.run(lambda stock: stock.items([key]))[key]
    assert (item.on_hand, item.held) == expected
    stored = found(store, order_id)
    assert stored is not None
    assert stored.state == ("confirmed" if keep is Keep.MOVEMENTS else state)
    assert findings_about(store, order_id, key) == []


@pytest.mark.parametrize("is_ordered", [True, False])
def test_a_lost_reservation_has_the_price_of_its_order_or_of_the_catalogue(
    store: AuditedStore,
    repairs: StockRepairs,
    confirmed: Reservation,
    execute: Callable[..., None],
    *,
    is_ordered: bool,
) -> None:
    [line] = confirmed.lines
    delete_reservation(store, execute, confirmed.order_id)
    ordered = AuditedLine(line.product_id, "Soup of the day", 2, 650, "eur", "price_old")

    repaired_order(repairs, confirmed.order_id, Keep.MOVEMENTS, *([ordered] if is_ordered else []))

    stored = found(store, confirmed.order_id)
    assert stored is not None
    [written] = stored.lines
    assert (written.name, written.price.price_id, written.price.unit_amount) == (
        ("Soup of the day", "price_old", 650)
        if is_ordered
        else (line.name, line.price.price_id, line.price.unit_amount)
    )
    assert (stored.state, stored.quantities) == (confirmed.state, confirmed.quantities)
    assert findings_about(store, confirmed.order_id, line.product_id) == []


def test_a_reservation_without_a_known_price_is_not_written(
    store: AuditedStore,
    repairs: StockRepairs,
    soup: Product,
    confirmed: Reservation,
    execute: Callable[..., None],
) -> None:
    unpriced = replace(soup, price=None, active=False)
    store.run(lambda stock: stock.save_products([unpriced]))
    delete_reservation(store, execute, confirmed.order_id)

    with pytest.raises(RepairRefusal, match="nothing has the price of"):
        repaired_order(repairs, confirmed.order_id, Keep.MOVEMENTS)

    repaired_order(repairs, confirmed.order_id, Keep.RESERVATION)
    assert level(store, soup) == (10, 0)
    assert findings_about(store, confirmed.order_id, soup.product_id) == []


def test_a_missing_movement_is_booked_by_who_repairs(
    store: AuditedStore,
    repairs: StockRepairs,
    soup: Product,
    confirmed: Reservation,
    execute: Callable[..., None],
) -> None:
    if isinstance(store, MemoryStockStore):
        store.kept.moved[confirmed.order_id].pop()
    else:
        execute(
            "DELETE FROM stock_movements WHERE kind = 'confirmed' AND reference = %s",
            confirmed.order_id,
        )

    made = repaired_order(repairs, confirmed.order_id, Keep.RESERVATION)

    assert [each.kind for each in made.repair.before.movements] == ["reserved"]
    moved = store.run(lambda stock: stock.movements(confirmed.order_id))
    assert sorted(each.kind for each in moved) == ["confirmed", "reserved"]
    assert level(store, soup) == (8, 0)
    assert findings_about(store, confirmed.order_id, soup.product_id) == []


def as_ordered(line: ReservedLine) -> AuditedLine:
    price = line.price
    key = (line.product_id, line.name, line.quantity)
    return AuditedLine(*key, price.unit_amount, price.currency, price.price_id)


@pytest.mark.parametrize(
    ("column", "value"),
    [("name", "Suppe 🍮"), ("unit_amount", 1), ("currency", "usd"), ("price_id", "price_9")],
)
def test_a_line_gets_its_name_and_its_price_back_from_the_order(
    store: AuditedStore,
    repairs: StockRepairs,
    soup: Product,
    confirmed: Reservation,
    execute: Callable[..., None],
    column: str,
    value: str | int,
) -> None:
    [line] = confirmed.lines
    wrong = (
        replace(line, name=str(value))
        if column == "name"
        else replace(line, price=replace(line.price, **{column: value}))  # type: ignore[arg-type]
    )
    if isinstance(store, MemoryStockStore):
        store.kept.reserved[confirmed.order_id] = replace(confirmed, lines=(wrong,))
    else:
        change = f"UPDATE reservations SET {column} = %s WHERE order_id = %s"  # noqa: S608 - a constant
        execute(change, value, confirmed.order_id)

    made = repaired_order(repairs, confirmed.order_id, Keep.ORDER, as_ordered(line))
    again = repaired_order(repairs, confirmed.order_id, Keep.ORDER, as_ordered(line))

    assert found(store, confirmed.order_id) == confirmed
    assert (made.repair.before.named, made.repair.after.named) == ((wrong,), (line,))
    assert (made.repair.before.lines, made.left) == (made.repair.after.lines, ())
    assert [each.repair for each in repairs.kept(1)] == [made.repair]
    assert not again.repair.changes
    assert level(store, soup) == (8, 0)


def test_an_order_that_lost_all_its_rows_gets_them_back_and_its_units_stay(
    store: AuditedStore,
    repairs: StockRepairs,
    soup: Product,
    confirmed: Reservation,
    execute: Callable[..., None],
) -> None:
    order_id, [line] = confirmed.order_id, confirmed.lines
    delete_reservation(store, execute, order_id)
    if isinstance(store, MemoryStockStore):
        del store.kept.moved[order_id]
    else:
        execute("DELETE FROM stock_movements WHERE reference = %s", order_id)
    with pytest.raises(RepairRefusal, match="say with --state"):
        repaired_order(repairs, order_id, Keep.ORDER, as_ordered(line))
    with pytest.raises(RepairRefusal, match="is not stored"):
        repaired_order(repairs, order_id, Keep.ORDER, state="confirmed")

    made = repaired_order(repairs, order_id, Keep.ORDER, as_ordered(line), state="confirmed")

    stored = found(store, order_id)
    assert stored is not None
    assert (stored.lines, stored.state) == (confirmed.lines, "confirmed")
    assert made.left == ()
    assert level(store, soup) == (8, 0)
    assert findings_about(store, order_id, soup.product_id) == []


def test_what_was_not_ordered_is_on_record_before_it_is_deleted(
    store: AuditedStore, repairs: StockRepairs, soup: Product
) -> None:
    bread = new_product(store, 5)
    both = new_reservation((soup, 2), (bread, 1))
    store.run(lambda stock: stock.hold([both]))
    lines = {line.product_id: line for line in both.lines}
    other = lines[bread.product_id]

    made = repaired_order(repairs, both.order_id, Keep.ORDER, as_ordered(lines[soup.product_id]))

    stored = found(store, both.order_id)
    assert stored is not None
    assert stored.lines == (lines[soup.product_id],)
    assert (made.repair.before.named, made.repair.after.named) == ((other,), ())
    assert (level(store, soup), level(store, bread)) == ((10, 2), (5, 0))
    assert findings_about(store, both.order_id, soup.product_id, bread.product_id) == []
