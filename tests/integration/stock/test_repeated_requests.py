"""Two requests for one order: one runs completely between two steps of the other."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import (
    Hold,
    Reservation,
    ReservationNotOverdue,
    ReservationReleased,
    StockItem,
)
from gorder.stock.ports import StockStore, StockTransaction
from tests.fakes.stock import MemoryStockLock
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

ENDED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


class Interrupted:
    """A transaction that runs the next event after each of its reads."""

    def __init__(self, stock: StockTransaction, events: list[Callable[[], object] | None]) -> None:
        self._stock = stock
        self._events = events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock, name)

    def items(self, product_ids: Iterable[str]) -> dict[str, StockItem]:
        found = self._stock.items(product_ids)
        self._interrupt()
        return found

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        found = self._stock.reservations(order_ids)
        self._interrupt()
        return found

    def _interrupt(self) -> None:
        if self._events and (event := self._events.pop()):
            event()


class InterruptedStore:
    """A store whose transactions are interrupted by an event, once."""

    def __init__(
        self, store: MysqlStockStore, event: Callable[[], object], *, reads: int = 1
    ) -> None:
        """Run the event after this number of reads."""
        self._store = store
        self._events = [event, *[None] * (reads - 1)]

    def run[T](self, work: Callable[[Any], T]) -> T:
        return self._store.run(lambda stock: work(Interrupted(stock, self._events)))


def reserve(store: StockStore) -> ReserveStockHandler:
    return ReserveStockHandler(store=store, lock=MemoryStockLock())


def hold(soup: str, expires_at: datetime) -> ReserveStock:
    return ReserveStock([Hold(f"order-{soup}", {soup: 1}, expires_at)])


def test_a_repeated_request_that_took_the_last_units_is_recognised(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = database.stocked(1)
    command = hold(soup, EXPIRES)
    repetition = reserve(stores())
    store = InterruptedStore(stores(), lambda: repetition(command))
    (outcome,) = reserve(store)(command)
    assert isinstance(outcome, Reservation)
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


def test_an_order_repeated_while_the_sweep_releases_it_keeps_its_units(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = database.stocked(1)
    repeat = reserve(stores())
    repeat(hold(soup, ENDED))
    store = InterruptedStore(stores(), lambda: repeat(hold(soup, EXPIRES)))
    sweep = ReleaseReservationHandler(store=store)
    outcome = sweep(ReleaseReservation(f"order-{soup}", overdue_at=NOW))
    assert isinstance(outcome, ReservationNotOverdue)
    assert database.level(soup) == (1, 1)
    assert database.unbalanced() == []


def test_an_order_released_by_the_sweep_while_it_is_repeated_is_refused(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = database.stocked(1)
    reserve(stores())(hold(soup, ENDED))
    sweep = ReleaseReservationHandler(store=stores())
    release = ReleaseReservation(f"order-{soup}", overdue_at=NOW)
    store = InterruptedStore(stores(), lambda: sweep(release), reads=2)
    (outcome,) = reserve(store)(hold(soup, EXPIRES))
    assert isinstance(outcome, ReservationReleased)
    assert database.level(soup) == (1, 0)
    assert database.unbalanced() == []
