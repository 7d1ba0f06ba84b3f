"""Two requests for one order: one runs completely between two steps of the other."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import (
    StockStore,
    StockTransaction,
)
from gorder.stock.refusals import (
    InsufficientStockRefusal,
    ReservationDiffers,
    ReservationNotOverdue,
    ReservationReleased,
    StockRefusal,
    UnknownProductRefusal,
)
from tests.fakes.reservation_queue import MemoryQueue
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.interrupted import InterruptedStore

pytestmark = pytest.mark.servers

ENDED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


def reserve(store: StockStore) -> ReserveStockHandler:
    return ReserveStockHandler(store=store, queue=MemoryQueue())


def hold(soup: str, expires_at: datetime) -> ReserveStock:
    return ReserveStock([Hold(f"order-{soup}", {soup: 1}, expires_at)])


def hold_and_another(soup: str) -> ReserveStock:
    """Return a request that needs a decision, because its second order is refused."""
    return ReserveStock([*hold(soup, EXPIRES).holds, Hold(f"other-{soup}", {"?": 1}, EXPIRES)])


@pytest.mark.parametrize("moment", [{"attempts": 1}, {"reads": 1}, {"reads": 2}], ids=str)
def test_a_repeated_request_that_took_the_last_units_is_recognised(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], moment: dict[str, int]
) -> None:
    soup = database.stocked(1)
    repetition = reserve(stores())
    store = InterruptedStore(stores(), lambda: repetition(hold(soup, EXPIRES)), **moment)
    outcomes = reserve(store)(hold_and_another(soup))
    assert [type(outcome) for outcome in outcomes] == [Reservation, UnknownProductRefusal]
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


@pytest.mark.parametrize("moment", [{"attempts": 1}, {"reads": 1}, {"reads": 2}], ids=str)
def test_units_that_another_order_took_are_not_sold_again(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], moment: dict[str, int]
) -> None:
    soup = database.stocked(1)
    rival = reserve(stores())
    other = ReserveStock([Hold(f"rival-{soup}", {soup: 1}, EXPIRES)])
    store = InterruptedStore(stores(), lambda: rival(other), **moment)
    outcomes = reserve(store)(hold_and_another(soup))
    assert [type(outcome) for outcome in outcomes] == [
        InsufficientStockRefusal,
        UnknownProductRefusal,
    ]
    assert store.locks == ([False, True] if "reads" in moment else [False])  # after a lost race
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


def test_a_repetition_beside_a_refusal_is_recognised(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = database.stocked(1)
    repetition = reserve(stores())
    store = InterruptedStore(stores(), lambda: repetition(hold(soup, EXPIRES)), attempts=1)
    large = Hold(f"large-{soup}", {soup: 99}, EXPIRES)
    outcomes = reserve(store)(ReserveStock([*hold(soup, EXPIRES).holds, large]))
    assert [type(outcome) for outcome in outcomes] == [Reservation, InsufficientStockRefusal]
    assert store.locks == [True]
    assert database.level(soup) == (1, 1)


def test_a_decision_about_the_last_units_locks_them(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = database.stocked(1)
    store = InterruptedStore(stores(), lambda: None)
    orders = [Hold(f"{number}-{soup}", {soup: 1}, EXPIRES) for number in range(2)]
    outcomes = reserve(store)(ReserveStock(orders))
    assert [type(outcome) for outcome in outcomes] == [Reservation, InsufficientStockRefusal]
    assert store.locks == [True]


def test_an_order_repeated_while_the_sweep_releases_it_keeps_its_units(
    database: StockDatabase, store: MysqlStockStore, stores: Callable[..., MysqlStockStore]
) -> None:
    """The sweep waits for the repeated order, which holds the units for longer."""
    soup = database.stocked(1)
    order_id = f"order-{soup}"
    reserve(store)(hold(soup, ENDED))
    outcomes: list[Reservation | StockRefusal] = []

    def sweep() -> None:
        release = ReleaseReservationHandler(store=stores())
        outcomes.append(release(ReleaseReservation(order_id, overdue_at=NOW)))

    def repeat(stock: StockTransaction) -> None:
        [kept] = stock.reservations([order_id]).values()
        stock.extend([replace(kept, expires_at=EXPIRES)])
        sweeping.start()
        sweeping.join(0.5)
        assert sweeping.is_alive(), "the sweep did not wait"

    sweeping = threading.Thread(target=sweep)
    store.run(repeat)
    sweeping.join(10)
    assert [type(outcome) for outcome in outcomes] == [ReservationNotOverdue]
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


@pytest.mark.parametrize("moment", [{"attempts": 1}, {"reads": 1}, {"reads": 2}], ids=str)
def test_an_order_released_by_the_sweep_while_it_is_repeated_is_refused(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], moment: dict[str, int]
) -> None:
    soup = database.stocked(1)
    reserve(stores())(hold(soup, ENDED))
    sweep = ReleaseReservationHandler(store=stores())
    release = ReleaseReservation(f"order-{soup}", overdue_at=NOW)
    store = InterruptedStore(stores(), lambda: sweep(release), **moment)
    (outcome,) = reserve(store)(hold(soup, EXPIRES))
    assert isinstance(outcome, ReservationReleased)
    assert database.level(soup) == (1, 0)
    assert database.unbalanced() == []


@pytest.mark.parametrize("second", ["other product", "more products", "fewer products", "units"])
@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one batch"])
def test_an_order_is_not_held_again_with_other_lines(
    database: StockDatabase, store: MysqlStockStore, second: str, *, at_once: bool
) -> None:
    soup, bread = database.stocked(9), database.stocked(9)
    first, other = {
        "other product": ({soup: 1}, {bread: 1}),
        "more products": ({soup: 1}, {soup: 1, bread: 1}),
        "fewer products": ({soup: 1, bread: 1}, {bread: 1}),
        "units": ({soup: 1}, {soup: 2}),
    }[second]
    holds = [Hold(f"order-{soup}", lines, EXPIRES) for lines in (first, other)]
    handler = reserve(store)
    if at_once:
        outcomes = handler(ReserveStock(holds))
    else:
        outcomes = [outcome for each in holds for outcome in handler(ReserveStock([each]))]
    assert [type(outcome) for outcome in outcomes] == [Reservation, ReservationDiffers]
    assert database.level(soup) == (9, 1)
    assert database.level(bread) == (9, first.get(bread, 0))
    assert database.unbalanced() == []
