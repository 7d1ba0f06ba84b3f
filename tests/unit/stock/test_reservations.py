"""Reserve, confirm and release, on a store that loses a race each time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.stock.model import Hold, Reservation
from gorder.stock.refusals import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    ReservationConfirmed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationNotOverdue,
    ReservationReleased,
    StockRefusal,
    UnknownProductRefusal,
)
from tests.fakes.products import product
from tests.unit.stock.racing_stock import BREAD, EXPIRES, LATER, SOUP, RacingStock


@pytest.fixture
def stock() -> RacingStock:
    return RacingStock()


def test_reserving_holds_and_prices_every_line_in_the_sequence_of_the_hold(
    stock: RacingStock,
) -> None:
    reservation = stock.held("o1", soup=2, bread=3)
    assert [(p.product_id, p.quantity, p.price.unit_amount) for p in reservation.lines] == [
        ("soup", 2, 700),
        ("bread", 3, 200),
    ]
    assert stock.soup() == (10, 2)


def test_reserving_again_returns_the_first_prices_though_the_catalogue_changed(
    stock: RacingStock,
) -> None:
    first = stock.held("o1", soup=2, bread=3)
    stock.sync(product("soup", amount=9999))
    assert stock.held("o1", soup=2, bread=3) == first
    assert stock.soup() == (10, 2)


def test_one_order_of_several_can_be_refused(stock: RacingStock) -> None:
    outcomes = stock.reserve(
        *(Hold(order_id, {"soup": units}, EXPIRES) for order_id, units in (("o1", 6), ("o2", 6))),
        Hold("o3", {"soup": 4}, EXPIRES),
    )
    assert [isinstance(outcome, Reservation) for outcome in outcomes] == [True, False, True]
    assert stock.soup() == (10, 10)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ({"ghost": 1}, UnknownProductRefusal),
        ({"soup": 11}, InsufficientStockRefusal),
        ({"idle": 1}, InactiveProductRefusal),
        ({"soup": 1, "dollars": 1}, MixedCurrenciesRefusal),
    ],
)
def test_refusals_are_returned_and_hold_nothing(
    stock: RacingStock, lines: dict[str, int], refusal: type[StockRefusal]
) -> None:
    idle = replace(product("idle"), price=None, active=False)
    stock.sync(SOUP, BREAD, idle, product("dollars", currency="usd"))
    assert stock.refused("o1", **lines) is refusal
    assert stock.soup() == (10, 0)


def test_an_order_that_meets_no_other_is_not_queued(stock: RacingStock) -> None:
    stock.held("o1", soup=1, bread=1)
    assert stock.queue.queued == []


def test_an_order_is_queued_at_the_product_that_another_request_changes(stock: RacingStock) -> None:
    stock.memory.locked = {"soup"}
    stock.held("o1", bread=1, soup=1)
    assert stock.queue.queued == ["soup"]
    assert stock.soup() == (10, 1)


def test_an_order_for_a_product_that_was_contended_is_queued_at_once(stock: RacingStock) -> None:
    stock.queue.remembered = {"soup"}
    stock.held("o1", bread=1, soup=1)
    stock.held("o2", bread=1)
    assert stock.queue.queued == ["soup"]


def test_a_refusal_of_a_contended_product_is_not_queued(stock: RacingStock) -> None:
    stock.memory.locked = {"soup"}
    assert stock.refused("o1", soup=11) is InsufficientStockRefusal
    assert stock.queue.queued == []


@pytest.mark.parametrize(
    ("locked", "leaves", "queued"),
    [(set(), 1, ["soup"]), ({"soup"}, 1, ["soup", "soup"]), ({"soup"}, 3, ["soup", "soup"])],
    ids=["directly", "in the queue again", "at the store"],
)
def test_an_order_that_leaves_the_queue_of_a_sold_out_product_is_tried_again(
    stock: RacingStock, locked: set[str], leaves: int, queued: list[str]
) -> None:
    """Units may have come back, or the order may be held already."""
    stock.queue.remembered.add("soup")
    stock.memory.locked = locked
    stock.queue.leaves = leaves
    stock.held("o1", soup=1)
    assert stock.queue.queued == queued


def test_confirming_twice_sells_once(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert [stock.confirm("o1"), stock.confirm("o1")] == ["confirmed", "confirmed"]
    assert stock.soup() == (8, 0)
    assert stock.release("o1") is ReservationConfirmed
    assert stock.held("o1", soup=2).state == "confirmed"
    assert stock.soup() == (8, 0)


def test_releasing_twice_frees_once(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert [stock.release("o1"), stock.release("o1")] == ["released", "released"]
    assert stock.soup() == (10, 0)
    assert stock.refused("o1", soup=2) is ReservationReleased


def test_an_order_reserved_with_other_lines_is_refused(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert stock.refused("o1", soup=3) is ReservationDiffers


def test_an_order_without_a_reservation_is_not_found(stock: RacingStock) -> None:
    assert stock.confirm("o9") is stock.release("o9") is ReservationNotFound


def test_reserving_again_extends_the_hold_and_never_shortens_it(stock: RacingStock) -> None:
    for hours, until in [(0, EXPIRES), (2, LATER), (1, LATER)]:
        hold = Hold("o1", {"soup": 2}, EXPIRES + timedelta(hours=hours))
        (outcome,) = stock.reserve(hold)
        assert isinstance(outcome, Reservation)
        assert stock.memory.kept.reserved["o1"].expires_at == until
    assert stock.soup() == (10, 2)


def test_overdue_orders_are_listed_the_longest_overdue_first(stock: RacingStock) -> None:
    for order_id, hours in [("late", 1), ("later", 2), ("latest", 3), ("in_time", 9)]:
        hold = Hold(order_id, {"soup": 1, "bread": 1}, EXPIRES + timedelta(hours=hours))
        stock.reserve(hold)
    stock.confirm("later")
    assert stock.overdue(EXPIRES + timedelta(hours=9)) == ["late", "latest"]
    assert stock.overdue(EXPIRES + timedelta(hours=9), limit=1) == ["late"]
    assert stock.overdue(EXPIRES + timedelta(hours=1)) == []


def test_only_an_overdue_hold_is_released_for_being_overdue(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    assert stock.release("o1", overdue_at=EXPIRES) is ReservationNotOverdue
    assert stock.soup() == (10, 2)
    assert stock.release("o1", overdue_at=LATER) == "released"
    assert stock.release("o1", overdue_at=EXPIRES) == "released"
    assert stock.soup() == (10, 0)


def test_a_confirmed_order_is_never_overdue(stock: RacingStock) -> None:
    stock.held("o1", soup=2)
    stock.confirm("o1")
    assert stock.overdue(LATER) == []
    assert stock.release("o1", overdue_at=LATER) is ReservationConfirmed
