"""Two requests for one order at the worst moment: one of them whole, between the other's steps."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from gorder.contracts.stock import (
    HoldRequest,
    Line,
    Refusal,
    Refused,
    ReleaseReservation,
    Reserved,
    ReserveStock,
)
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import Reservation, StockItem
from gorder.stock.ports import StockTransaction
from tests.fakes.stock import MemoryStockLock
from tests.integration.stock.house import House

pytestmark = pytest.mark.servers

ENDED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)


class Interrupted:
    """A transaction after one of whose reads something else happens, once."""

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
    """A store that gives out interrupted transactions."""

    def __init__(
        self, store: MysqlStockStore, event: Callable[[], object], *, reads: int = 1
    ) -> None:
        """`reads`: after how many of them it happens."""
        self._store = store
        self._events = [event, *[None] * (reads - 1)]

    def run[T](self, work: Callable[[Any], T]) -> T:
        return self._store.run(lambda stock: work(Interrupted(stock, self._events)))


def test_a_twin_that_took_the_last_units_is_recognised(
    house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = house.stocked(1)
    wish = HoldRequest(
        order_id=uuid4().hex,
        lines=(Line(product_id=soup, quantity=1),),
        expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    message = ReserveStock(trace_id="t", holds=(wish,))
    twin = ReserveStockHandler(stores(), MemoryStockLock())
    store = InterruptedStore(stores(), lambda: twin(message))
    (outcome,) = ReserveStockHandler(store, MemoryStockLock())(message).outcomes
    assert isinstance(outcome, Reserved)
    assert house.level(soup) == (1, 1)
    assert house.unbalanced() == []


def reservation_of(soup: str, expires_at: datetime) -> ReserveStock:
    line = Line(product_id=soup, quantity=1)
    hold = HoldRequest(order_id=f"order-{soup}", lines=(line,), expires_at=expires_at)
    return ReserveStock(trace_id="t", holds=(hold,))


def test_an_order_repeated_while_the_sweep_looks_at_it_keeps_its_units(
    house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = house.stocked(1)
    reserve = ReserveStockHandler(stores(), MemoryStockLock())
    reserve(reservation_of(soup, ENDED))
    store = InterruptedStore(stores(), lambda: reserve(reservation_of(soup, EXPIRES)))
    sweep = ReleaseReservationHandler(store)
    message = ReleaseReservation(trace_id="t", order_id=f"order-{soup}", overdue_at=NOW)
    outcome = sweep(message).outcome
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.RESERVATION_NOT_OVERDUE
    assert house.level(soup) == (1, 1)
    assert house.unbalanced() == []


def test_an_order_swept_while_it_is_repeated_is_told_so(
    house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    soup = house.stocked(1)
    ReserveStockHandler(stores(), MemoryStockLock())(reservation_of(soup, ENDED))
    sweep = ReleaseReservationHandler(stores())
    message = ReleaseReservation(trace_id="t", order_id=f"order-{soup}", overdue_at=NOW)
    store = InterruptedStore(stores(), lambda: sweep(message), reads=2)
    repeated = ReserveStockHandler(store, MemoryStockLock())(reservation_of(soup, EXPIRES))
    (outcome,) = repeated.outcomes
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.RESERVATION_RELEASED
    assert house.level(soup) == (1, 0)
    assert house.unbalanced() == []
