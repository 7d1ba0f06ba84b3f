"""Confirm released units, return sold ones and write them off: movements, races, lost replies."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
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
from gorder.stock.commands.return_units import ReturnUnits, ReturnUnitsHandler
from gorder.stock.commands.write_off_units import WriteOffUnits, WriteOffUnitsHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import StockStore
from gorder.stock.refusals import StockRefusal
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.stock_ledger import findings_about
from tests.integration.stock.cutting_proxy import COMMIT, NOTHING_CUT, Cut, cutting_proxy
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.interrupted import InterruptedStore

pytestmark = pytest.mark.servers

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
MOMENTS = [{"attempts": 1}, {"reads": 1}, {"reads": 2}]


class OneOrder:
    """The commands for one order on a store. Each returns the state, or the refusal's name."""

    def __init__(self, store: StockStore, quantities: dict[str, int], order_id: str) -> None:
        self._store = store
        self._hold = Hold(order_id, quantities, EXPIRES)
        self.order_id = order_id

    def run(self, command: str) -> str:
        outcome = self._outcome(command)
        return type(outcome).__name__ if isinstance(outcome, StockRefusal) else outcome.state

    def _outcome(self, command: str) -> Reservation | StockRefusal:
        match command:
            case "reserve":
                handler = ReserveStockHandler(store=self._store, queue=MemoryQueue())
                (outcome,) = handler(ReserveStock([self._hold]))
                return outcome
            case "confirm":
                confirm = ConfirmReservation(self.order_id)
                return ConfirmReservationHandler(store=self._store)(confirm)
            case "release":
                release = ReleaseReservation(self.order_id)
                return ReleaseReservationHandler(store=self._store)(release)
            case "return":
                return ReturnUnitsHandler(store=self._store)(ReturnUnits(self.order_id))
            case "write_off":
                return WriteOffUnitsHandler(store=self._store)(WriteOffUnits(self.order_id))
        raise ValueError(command)


@pytest.mark.parametrize(
    ("commands", "movements", "left"),
    [
        ("release confirm", "released retaken confirmed", (8, 0)),
        ("release confirm return", "released retaken confirmed returned", (10, 0)),
        ("release confirm write_off", "released retaken confirmed wasted", (8, 0)),
        ("confirm return confirm reserve", "confirmed returned", (10, 0)),
        ("confirm write_off return release", "confirmed wasted", (8, 0)),
        ("return confirm return", "released retaken confirmed returned", (10, 0)),
        ("write_off", "confirmed wasted", (8, 0)),
    ],
)
def test_every_change_is_booked_once(
    database: StockDatabase,
    store: MysqlStockStore,
    commands: str,
    movements: str,
    left: tuple[int, int],
) -> None:
    soup, bread = database.stocked(10), database.stocked(10)
    order = OneOrder(store, {soup: 2, bread: 2}, uuid4().hex)
    order.run("reserve")
    for command in commands.split():
        assert order.run(command) == order.run(command)
    booked = [(kind, 2) for kind in ["reserved", *movements.split()]]
    assert sorted(database.movements(order.order_id)) == sorted(2 * booked)
    assert database.level(soup) == database.level(bread) == left
    assert database.unbalanced() == []
    assert findings_about(store, soup, bread, order.order_id) == []


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_two_confirmations_take_the_last_units_again_once(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], moment: dict[str, int]
) -> None:
    soup, order_id = database.stocked(1), uuid4().hex
    repetition = OneOrder(stores(), {soup: 1}, order_id)
    repetition.run("reserve")
    repetition.run("release")
    store = InterruptedStore(stores(), lambda: repetition.run("confirm"), **moment)
    assert OneOrder(store, {soup: 1}, order_id).run("confirm") == "confirmed"
    assert database.level(soup) == (0, 0)
    assert database.unbalanced() == []


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_units_that_another_order_takes_meanwhile_are_not_taken_again(
    database: StockDatabase, stores: Callable[..., MysqlStockStore], moment: dict[str, int]
) -> None:
    soup, bread = database.stocked(1), database.stocked(1)
    wanted, order_id = {soup: 1, bread: 1}, uuid4().hex
    first = OneOrder(stores(), wanted, order_id)
    first.run("reserve")
    first.run("release")
    other = OneOrder(stores(), {soup: 1}, uuid4().hex)
    store = InterruptedStore(stores(), lambda: other.run("reserve"), **moment)
    assert OneOrder(store, wanted, order_id).run("confirm") == "InsufficientStockRefusal"
    assert (database.level(soup), database.level(bread)) == ((1, 1), (1, 0))
    assert database.unbalanced() == []


@pytest.mark.parametrize(
    ("before", "event", "command", "outcome", "left"),
    [
        ("reserve", "confirm", "return", "returned", (1, 0)),
        ("reserve", "confirm", "write_off", "wasted", (0, 0)),
        ("reserve", "release", "write_off", "released", (1, 0)),
        ("confirm", "return", "write_off", "returned", (1, 0)),
        ("confirm", "write_off", "return", "wasted", (0, 0)),
        ("confirm", "return", "return", "returned", (1, 0)),
    ],
)
def test_a_change_between_reading_and_writing_is_seen(
    database: StockDatabase,
    stores: Callable[..., MysqlStockStore],
    before: str,
    event: str,
    command: str,
    outcome: str,
    left: tuple[int, int],
) -> None:
    soup, order_id = database.stocked(1), uuid4().hex
    other = OneOrder(stores(), {soup: 1}, order_id)
    other.run("reserve")
    other.run(before)
    store = InterruptedStore(stores(), lambda: other.run(event), reads=1)
    assert OneOrder(store, {soup: 1}, order_id).run(command) == outcome
    assert database.level(soup) == left
    assert database.unbalanced() == []


@pytest.mark.parametrize(
    ("before", "command", "outcome", "left"),
    [
        ("release", "confirm", "confirmed", (0, 0)),
        ("confirm", "return", "returned", (1, 0)),
        ("confirm", "write_off", "wasted", (0, 0)),
    ],
)
@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_commit_with_a_lost_reply_is_applied_once(
    database: StockDatabase,
    stores: Callable[..., MysqlStockStore],
    before: str,
    command: str,
    outcome: str,
    left: tuple[int, int],
    cut: Cut,
) -> None:
    soup, order_id = database.stocked(1), uuid4().hex
    setup = OneOrder(stores(), {soup: 1}, order_id)
    setup.run("reserve")
    setup.run(before)
    with cutting_proxy(database.url, cut, at=COMMIT) as proxy:
        store = stores(proxy.url)
        assert OneOrder(store, {soup: 1}, order_id).run(command) == outcome
        assert proxy.cuts == 1, NOTHING_CUT
        store.close()
    assert database.level(soup) == left
    assert database.unbalanced() == []


def test_commands_at_once_for_the_same_orders_cause_no_drift(
    database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    """Of twenty orders for two products, four fit at once."""
    soup, bread = database.stocked(8), database.stocked(8)
    order_ids = [uuid4().hex for _ in range(20)]
    commands = ("reserve", "confirm", "confirm", "release", "return", "write_off")
    failures: list[Exception] = []

    def work(seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311 - not a secret
        store = stores()
        try:
            for _ in range(60):
                # Wastes few orders, because nothing happens to them afterwards.
                command = choose.choices(commands, weights=(6, 4, 4, 6, 1, 1))[0]
                OneOrder(store, {soup: 2, bread: 2}, choose.choice(order_ids)).run(command)
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            failures.append(error)

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert database.level(soup) == database.level(bread)
    assert database.unbalanced() == []
    assert findings_about(stores(), soup, bread, *order_ids) == []
