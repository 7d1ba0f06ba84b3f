"""Which holds can be served, as properties of `plan`."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.stock.model import (
    Hold,
    Price,
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
)
from gorder.stock.refusals import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    ReservationDiffers,
    ReservationReleased,
    Shortfall,
    StockRefusal,
    UnknownProductRefusal,
)
from gorder.stock.reservation_plan import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
IDS = ["a", "b", "c", "d"]


def item(product_id: str, units: int, *, currency: str = "eur", active: bool = True) -> StockItem:
    price = Price(f"price_{product_id}", 100, currency)
    return StockItem(Product(product_id, product_id.upper(), price, active), on_hand=units)


def hold(order_id: str, **quantities: int) -> Hold:
    return Hold(order_id, quantities, EXPIRES)


def reservation(state: ReservationState) -> Reservation:
    line = ReservedLine("a", "A", 1, Price("price_a", 100, "eur"))
    return Reservation("o", (line,), EXPIRES, state)


def any_items() -> st.SearchStrategy[dict[str, StockItem]]:
    levels = st.integers(0, 20).flatmap(
        lambda on_hand: st.tuples(st.just(on_hand), st.integers(0, on_hand))
    )
    any_item = st.builds(
        lambda product_id, level, currency, active: StockItem(
            Product(product_id, product_id, Price(f"price_{product_id}", 100, currency), active),
            *level,
        ),
        st.sampled_from(IDS),
        levels,
        st.sampled_from(["eur", "eur", "eur", "usd"]),
        st.sampled_from([True, True, True, False]),
    )
    return st.lists(any_item, max_size=4).map(
        lambda items: {item.product.product_id: item for item in items}
    )


def any_holds() -> st.SearchStrategy[list[Hold]]:
    quantities = st.dictionaries(st.sampled_from(IDS), st.integers(1, 12), min_size=1)
    orders = st.sampled_from(["o1", "o2", "o3", "o4"])
    return st.lists(st.builds(Hold, orders, quantities, st.just(EXPIRES)), max_size=8)


def units(reservations: list[Reservation]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in reservations:
        for product_id, quantity in each.quantities.items():
            total[product_id] = total.get(product_id, 0) + quantity
    return total


@settings(deadline=None)
@given(any_holds(), any_items())
def test_new_reservations_never_exceed_the_available_units(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    new = plan(holds, items, {}).new
    assert all(quantity <= items[p].available for p, quantity in units(new).items())


@settings(deadline=None)
@given(any_holds(), any_items())
def test_each_hold_has_one_outcome_with_all_its_lines_or_none(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    planned = plan(holds, items, {})
    for each, outcome in zip(holds, planned.outcomes, strict=True):
        if isinstance(outcome, Reservation):
            assert outcome.quantities == each.quantities
            assert list(outcome.quantities) == list(each.quantities)
    assert len({reservation.order_id for reservation in planned.new}) == len(planned.new)


@settings(deadline=None)
@given(any_holds(), any_items())
def test_a_hold_refused_for_insufficient_stock_could_not_be_served(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    outcomes = plan(holds, items, {}).outcomes
    for place, outcome in enumerate(outcomes):
        if not isinstance(outcome, InsufficientStockRefusal):
            continue
        before = units(plan(holds[:place], items, {}).new)
        left = {p: items[p].available - before.get(p, 0) for p in holds[place].quantities}
        expected = tuple(
            Shortfall(p, quantity, left[p])
            for p, quantity in holds[place].quantities.items()
            if quantity > left[p]
        )
        assert outcome.shortfalls == expected
        assert expected


@settings(deadline=None)
@given(any_holds(), any_items())
def test_a_repeated_hold_gets_the_same_outcome_and_adds_no_reservation(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    first = plan(holds, items, {})
    served = {reservation.order_id: reservation for reservation in first.new}
    repeated = [each for each in holds if each.order_id in served]
    again = plan(repeated, {}, served)
    before = [o for h, o in zip(holds, first.outcomes, strict=True) if h.order_id in served]
    assert again.new == []
    for now, then in zip(again.outcomes, before, strict=True):
        if isinstance(then, Reservation):
            assert now == then


@settings(deadline=None)
@given(any_holds(), any_items())
def test_a_refused_hold_changes_nothing_for_the_others(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    planned = plan(holds, items, {})
    pairs = list(zip(holds, planned.outcomes, strict=True))
    served = [each for each, outcome in pairs if not isinstance(outcome, StockRefusal)]
    assert plan(served, items, {}).new == planned.new


@pytest.mark.parametrize(
    ("wanted", "refusal", "shortfalls"),
    [
        (hold("o", a=1, x=2, y=3), UnknownProductRefusal, (Shortfall("x", 2), Shortfall("y", 3))),
        (hold("o", x=2, idle=1), UnknownProductRefusal, (Shortfall("x", 2),)),
        (hold("o", a=1, idle=4), InactiveProductRefusal, (Shortfall("idle", 4),)),
        (
            hold("o", priceless=1),
            InactiveProductRefusal,
            (Shortfall("priceless", 1, reason="no price"),),
        ),
        (hold("o", a=1, dollars=1), MixedCurrenciesRefusal, ()),
        (hold("o", a=6, b=1), InsufficientStockRefusal, (Shortfall("a", 6, 5),)),
        (
            hold("o", a=6, b=1, c=9),
            InsufficientStockRefusal,
            (Shortfall("a", 6, 5), Shortfall("c", 9, 0)),
        ),
    ],
)
def test_a_refusal_names_its_lines(
    wanted: Hold, refusal: type[StockRefusal], shortfalls: tuple[Shortfall, ...]
) -> None:
    items: Mapping[str, StockItem] = {
        "a": item("a", 5),
        "b": item("b", 5),
        "c": item("c", 0),
        "idle": item("idle", 5, active=False),
        "priceless": StockItem(Product("priceless", "P", None, False, "no price"), 5),
        "dollars": item("dollars", 5, currency="usd"),
    }
    (outcome,) = plan([wanted], items, {}).outcomes
    assert type(outcome) is refusal
    assert isinstance(outcome, StockRefusal)
    assert outcome.shortfalls == shortfalls


def test_a_smaller_hold_is_served_after_a_larger_one_is_refused() -> None:
    holds = [hold("o1", a=3), hold("o2", a=3), hold("o3", a=2)]
    planned = plan(holds, {"a": item("a", 5)}, {})
    assert [reservation.order_id for reservation in planned.new] == ["o1", "o3"]


def test_a_hold_repeated_in_the_same_plan_is_extended() -> None:
    later = EXPIRES + timedelta(hours=1)
    holds = [hold("o", a=1), Hold("o", {"a": 1}, later)]
    planned = plan(holds, {"a": item("a", 5)}, {})
    assert [reservation.expires_at for reservation in planned.new] == [EXPIRES]
    assert planned.extended["o"].expires_at == later


def test_a_hold_with_other_lines_is_refused() -> None:
    stored = reservation(ReservationState.HELD)
    (outcome,) = plan([hold("o", a=2)], {"a": item("a", 5)}, {"o": stored}).outcomes
    assert isinstance(outcome, ReservationDiffers)


def test_a_hold_of_a_confirmed_order_is_served_and_of_a_released_one_refused() -> None:
    holds = [hold("o", a=1)]
    confirmed = reservation(ReservationState.CONFIRMED)
    released = reservation(ReservationState.RELEASED)
    assert plan(holds, {}, {"o": confirmed}).outcomes == [confirmed]
    (outcome,) = plan(holds, {}, {"o": released}).outcomes
    assert isinstance(outcome, ReservationReleased)
