"""Staff count, waste and return units while others do, and while buyers hold them."""

import random
import threading
from collections.abc import Callable, Sequence
from functools import partial
from uuid import uuid4

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.commands.count_stock import CountStock, CountStockHandler
from gorder.stock.commands.move_stock import MoveStock, MoveStockHandler
from gorder.stock.commands.pause_menu import PauseMenu, PauseMenuHandler
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.return_units import ReturnUnits, ReturnUnitsHandler
from gorder.stock.entries import EntryKind
from gorder.stock.entry_booking import Booked
from gorder.stock.model import Signature
from gorder.stock.refusals import StockRefusal
from tests.fakes.stock_ledger import findings_about
from tests.integration.stock.buyers import NO_REDIS, orders_of, start_buyers
from tests.integration.stock.cutting_proxy import COMMIT, NOTHING_CUT, Cut, cutting_proxy
from tests.integration.stock.database import StockDatabase
from tests.integration.stock.test_lost_connections import reserve

pytestmark = pytest.mark.servers

ANN = Signature("ann@example.com", "It fell down.")

type Stores = Callable[..., MysqlStockStore]


def at_once(*calls: Callable[[], object]) -> None:
    """Run every call in a thread of its own, all from the same moment on."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        start.wait(10)
        call()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def count(store: MysqlStockStore, entry_id: str, product_id: str, counted: int) -> Booked:
    return CountStockHandler(store=store)(CountStock(entry_id, product_id, counted, ANN))


def counts(
    answers: list[Booked], store: MysqlStockStore, entry_id: str, product_id: str, counted: int
) -> None:
    """Count, and keep the answer."""
    answers.append(count(store, entry_id, product_id, counted))


def booked(database: StockDatabase, entry_id: str) -> list[tuple[object, ...]]:
    return database.rows(
        "SELECT kind, quantity, counted, booked_by, reason FROM stock_movements"
        " WHERE reference = %s ORDER BY movement_id",
        entry_id,
    )


def test_an_entry_keeps_who_asked_and_why(database: StockDatabase, store: MysqlStockStore) -> None:
    soup, name = database.stocked(5), uuid4().hex
    MoveStockHandler(store=store)(MoveStock(name, soup, EntryKind.DISCARDED, 2, ANN))
    count(store, f"{name}-2", soup, 3)

    assert booked(database, name) == [("discarded", 2, None, ANN.by, ANN.reason)]
    assert booked(database, f"{name}-2") == [("counted_up", 0, 3, ANN.by, ANN.reason)]
    assert database.level(soup) == (3, 0)
    assert database.unbalanced() == []


def test_the_same_count_twice_at_once_is_booked_once(
    database: StockDatabase, stores: Stores
) -> None:
    soup = database.stocked(10)
    for counted in (4, 9):
        entry_id = uuid4().hex
        answers: list[Booked] = []
        at_once(
            *(
                partial(counts, answers, store, entry_id, soup, counted)
                for store in [stores() for _ in range(4)]
            )
        )
        assert sorted(answer.is_new for answer in answers) == [False, False, False, True]
        assert len({answer.entry for answer in answers}) == 1
        assert len(booked(database, entry_id)) == 1
        assert database.level(soup) == (counted, 0)
    assert database.unbalanced() == []


def test_of_two_counts_at_once_the_second_one_starts_from_the_first(
    database: StockDatabase, stores: Stores
) -> None:
    soup = database.stocked(10)
    answers: list[Booked] = []
    at_once(*(partial(counts, answers, stores(), uuid4().hex, soup, counted) for counted in (3, 8)))
    assert [answer.entry.difference for answer in answers] in ([-7, 5], [-2, -5])
    assert database.level(soup)[0] == answers[-1].entry.counted
    assert database.unbalanced() == []


def test_a_count_waits_for_a_buyer_and_counts_its_hold(
    database: StockDatabase, store: MysqlStockStore, stores: Stores
) -> None:
    """A count below what an open transaction holds is refused once that commits."""
    soup = database.stocked(10)
    held, go_on = threading.Event(), threading.Event()
    refused: list[Exception] = []

    def hold(buyer: MysqlStockStore) -> None:
        with connect_mysql(database.url) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE stock SET held = held + 6 WHERE product_id = %s", [soup])
            held.set()
            assert go_on.wait(10)
            connection.rollback()
        reserve(buyer, uuid4().hex, soup, 6)

    def count_few() -> None:
        try:
            count(store, uuid4().hex, soup, 2)
        except StockRefusal as refusal:
            refused.append(refusal)

    buyer = threading.Thread(target=hold, args=(stores(),))
    buyer.start()
    assert held.wait(10)
    counter = threading.Thread(target=count_few)
    counter.start()
    counter.join(0.3)
    assert counter.is_alive()  # waits for the row
    go_on.set()
    for thread in (buyer, counter):
        thread.join(20)
    on_hand, now_held = database.level(soup)
    assert (on_hand, now_held) in {(10, 6), (2, 0)}
    assert bool(refused) == (now_held == 6)
    assert database.unbalanced() == []


def test_staff_and_many_buyers_at_once_lose_no_unit(
    database: StockDatabase, stores: Stores
) -> None:
    soup = database.stocked(60)
    buyers = start_buyers(database, NO_REDIS, [orders_of(soup, 25) for _ in range(3)], "any")
    levels: list[tuple[int, int]] = []

    def work(store: MysqlStockStore) -> None:
        for _ in range(25):
            staff_change(store, soup)
            levels.append(database_level(database, soup))

    at_once(*(partial(work, stores(budget_seconds=30.0)) for _ in range(2)))
    buyers.outcomes()

    assert all(0 <= held <= on_hand for on_hand, held in levels)
    assert database.unbalanced() == []
    assert findings_about(stores(), soup) == []
    assert database.rows(
        "SELECT COUNT(*) > 0 FROM stock_movements WHERE product_id = %s AND kind LIKE 'counted_%%'",
        soup,
    ) == [(1,)]


def database_level(database: StockDatabase, product_id: str) -> tuple[int, int]:
    """Read the units on a connection of its own, because threads cannot share one."""
    with connect_mysql(database.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT on_hand, held FROM stock WHERE product_id = %s", [product_id])
        row = cursor.fetchone()
        assert row is not None
        return row[0], row[1]


def staff_change(store: MysqlStockStore, product_id: str) -> None:
    """Make a random change twice under one entry. It may be refused."""
    entry_id, units = uuid4().hex, random.randint(1, 60)  # noqa: S311 - not a secret
    changes: Sequence[Callable[[], Booked]] = (
        lambda: count(store, entry_id, product_id, units),
        lambda: MoveStockHandler(store=store)(
            MoveStock(entry_id, product_id, EntryKind.DISCARDED, 1, ANN)
        ),
        lambda: MoveStockHandler(store=store)(
            MoveStock(entry_id, product_id, EntryKind.RESTOCKED, 1, ANN)
        ),
    )
    change = random.choice(changes)  # noqa: S311 - not a secret
    try:
        first, again = change(), change()
    except StockRefusal:
        return
    assert first.is_new
    assert not again.is_new
    assert first.entry == again.entry


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_count_whose_commit_is_cut_is_booked_once(
    database: StockDatabase, stores: Stores, cut: Cut
) -> None:
    soup, entry_id = database.stocked(10), uuid4().hex
    with cutting_proxy(database.url, cut, at=COMMIT) as proxy:
        answer = count(stores(proxy.url), entry_id, soup, 4)
    assert proxy.cuts == 1, NOTHING_CUT
    assert answer.entry.difference == -6
    assert [row[:2] for row in booked(database, entry_id)] == [("counted_down", 6)]
    assert database.level(soup) == (4, 0)


def test_units_that_staff_settle_keep_who_asked(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    soup, sold, freed = database.stocked(10), uuid4().hex, uuid4().hex
    for order_id in (sold, freed):
        reserve(store, order_id, soup, 2)
    ReleaseReservationHandler(store=store)(ReleaseReservation(freed, None, ANN))
    ReturnUnitsHandler(store=store)(ReturnUnits(sold, ANN))

    for order_id in (sold, freed):
        assert [(row[0], row[3], row[4]) for row in booked(database, order_id)] == [
            ("reserved", None, None),
            ("released", ANN.by, ANN.reason),
        ]
    assert database.level(soup) == (10, 0)


def test_a_pause_at_once_with_orders_leaves_the_ledger_right(
    database: StockDatabase, stores: Stores
) -> None:
    soup = database.stocked(50)
    outcomes: list[str] = []

    def buy(store: MysqlStockStore) -> None:
        outcomes.extend(reserve(store, uuid4().hex, soup, 1) for _ in range(15))

    at_once(
        partial(buy, stores()),
        partial(PauseMenuHandler(store=stores()), PauseMenu(soup, "ann", "No eggs.")),
    )

    assert outcomes == sorted(outcomes, key=lambda outcome: outcome != "reserved")
    assert reserve(stores(), uuid4().hex, soup, 1) == "stock_refused"
    assert database.level(soup) == (50, outcomes.count("reserved"))
    assert database.unbalanced() == []
    database.rows("DELETE FROM pauses")
