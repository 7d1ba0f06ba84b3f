"""A transaction locks only the rows of its own orders and products."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import Contended, Held, NotHeld, StockTransaction
from gorder.stock.refusals import InsufficientStockRefusal
from tests.fakes.reservation_queue import MemoryQueue
from tests.integration.stock.database import StockDatabase

if TYPE_CHECKING:
    from gorder.stock.reservation_plan import ReserveOutcome

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


class Shop:
    """The commands on a store that does not wait long for others."""

    def __init__(self, database: StockDatabase, store: MysqlStockStore) -> None:
        self.products = [database.stocked(1000) for _ in range(10)]
        self.other = database.stocked(9)
        self._reserve = ReserveStockHandler(store=store, queue=MemoryQueue())

    def reserve(self, *lines: dict[str, int]) -> "list[ReserveOutcome]":
        holds = [Hold(uuid4().hex, each, EXPIRES) for each in lines]
        return list(self._reserve(ReserveStock(holds)))

    def held(self, *lines: dict[str, int]) -> list[str]:
        """Reserve; return the ids of the orders."""
        found = self.reserve(*lines)
        assert all(isinstance(outcome, Reservation) for outcome in found)
        return [outcome.order_id for outcome in found if isinstance(outcome, Reservation)]


@pytest.fixture(params=[0, 3, 300], ids=lambda rows: f"{rows} reservations")
def shop(
    request: pytest.FixtureRequest,
    database: StockDatabase,
    stores: Callable[..., MysqlStockStore],
) -> Iterator[Shop]:
    """The optimizer reads a small table in another way than a large one."""
    for table in ("reservations", "stock_movements", "stock", "products"):
        database.rows(f"DELETE FROM {table}")  # noqa: S608 - constants
    shop = Shop(database, stores(budget_seconds=0.5))
    for _ in range(request.param):
        shop.held({shop.products[0]: 1})
    database.rows("ANALYZE TABLE reservations, stock_movements, stock, products")
    yield shop
    assert database.unbalanced() == []


@pytest.fixture
def rival(database: StockDatabase, shop: Shop) -> Iterator[str]:
    """A transaction that has reserved and not committed; yields its product."""
    product_id, connection = shop.other, database.connect()
    with connection.cursor() as cursor:
        for number in range(3):
            order_id = ("0", "8", "f")[number] + uuid4().hex[1:]
            cursor.execute(
                "INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name,"
                " price_id, unit_amount, currency)"
                " VALUES (%s, %s, 1, 'held', %s, 'x', 'x', 500, 'eur')",
                [order_id, product_id, EXPIRES.replace(tzinfo=None)],
            )
            cursor.execute(
                "INSERT INTO stock_movements (product_id, kind, reference, quantity)"
                " VALUES (%s, 'reserved', %s, 1)",
                [product_id, order_id],
            )
        cursor.execute("UPDATE stock SET held = held + 3 WHERE product_id = %s", [product_id])
        yield product_id
    connection.rollback()
    connection.close()


@pytest.mark.usefixtures("rival")
def test_reservations_of_other_orders_are_not_waited_for(shop: Shop) -> None:
    one, all_of_them = {shop.products[1]: 1}, dict.fromkeys(shop.products, 1)
    shop.held(one)
    shop.held(all_of_them)
    shop.held(*[one] * 20)
    shop.held(*[all_of_them] * 5)


@pytest.mark.usefixtures("rival")
def test_a_decision_waits_for_no_other_order(shop: Shop) -> None:
    """One order is refused, so the general transaction reserves for the others."""
    one, too_many = {shop.products[1]: 1}, {shop.products[2]: 2000}
    outcomes = shop.reserve(*[one] * 20, too_many)
    assert [type(each) for each in outcomes] == [Reservation] * 20 + [InsufficientStockRefusal]


def test_a_decision_does_not_wait_for_a_synchronisation(
    shop: Shop, database: StockDatabase
) -> None:
    catalogue = database.connect()
    with catalogue.cursor() as cursor:
        cursor.execute("UPDATE products SET name = CONCAT(name, '!')")
        outcomes = shop.reserve({shop.products[1]: 1}, {shop.products[1]: 2000})
    catalogue.rollback()
    catalogue.close()
    assert [type(each) for each in outcomes] == [Reservation, InsufficientStockRefusal]


@pytest.mark.usefixtures("rival")
def test_settling_waits_for_no_other_order(shop: Shop, store: MysqlStockStore) -> None:
    one = {shop.products[2]: 1}
    sold, freed, overdue, large = shop.held(
        {shop.products[1]: 1}, one, one, dict.fromkeys(shop.products, 1)
    )
    confirm = ConfirmReservationHandler(store=store)
    release = ReleaseReservationHandler(store=store)
    for outcome in (
        confirm(ConfirmReservation(sold)),
        release(ReleaseReservation(freed)),
        release(ReleaseReservation(overdue, overdue_at=datetime.now(UTC) + timedelta(days=365))),
        confirm(ConfirmReservation(large)),
    ):
        assert isinstance(outcome, Reservation)


def test_units_of_another_product_are_refused_without_waiting(shop: Shop, rival: str) -> None:
    """Too few units are left whatever becomes of the other transaction."""
    [outcome] = shop.reserve({rival: 10})
    assert isinstance(outcome, InsufficientStockRefusal)


@pytest.mark.parametrize(("lock", "attempt"), [(True, Contended), (False, Held)])
def test_a_reading_with_a_lock_keeps_the_units_of_its_products(
    shop: Shop, stores: Callable[..., MysqlStockStore], *, lock: bool, attempt: type
) -> None:
    """Other products can still be reserved."""
    another = stores()
    *read, other = shop.products

    def hold(product_id: str) -> Held | NotHeld | Contended:
        return another.try_hold([Hold(uuid4().hex, {product_id: 1}, EXPIRES)], wait=False)

    def read_while_others_reserve(stock: StockTransaction) -> None:
        assert stock.items([*read, "unknown"], lock=lock).keys() == set(read)
        assert all(isinstance(hold(product_id), attempt) for product_id in read)
        assert isinstance(hold(other), Held)

    stores(budget_seconds=0.5).run(read_while_others_reserve)
