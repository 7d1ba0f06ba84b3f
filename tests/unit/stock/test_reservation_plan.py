"""Who gets what, as properties of `plan` and of a reservation."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.stock.model import (
    Hold,
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    Price,
    Product,
    Reservation,
    ReservationConfirmed,
    ReservationDiffers,
    ReservationReleased,
    ReservationState,
    ReservedLine,
    Shortfall,
    StockItem,
    StockRefusal,
    UnknownProductRefusal,
    plan,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
IDS = ["a", "b", "c", "d"]


def item(product_id: str, units: int, *, currency: str = "eur", active: bool = True) -> StockItem:
    price = Price(f"price_{product_id}", 100, currency)
    return StockItem(Product(product_id, product_id.upper(), price, active), on_hand=units)


def hold(order_id: str, **quantities: int) -> Hold:
    return Hold(order_id, quantities, EXPIRES)


def shelves() -> st.SearchStrategy[dict[str, StockItem]]:
    levels = st.integers(0, 20).flatmap(
        lambda on_hand: st.tuples(st.just(on_hand), st.integers(0, on_hand))
    )
    item_of = st.builds(
        lambda key, level, currency, active: StockItem(
            Product(key, key, Price(f"price_{key}", 100, currency), active), *level
        ),
        st.sampled_from(IDS),
        levels,
        st.sampled_from(["eur", "eur", "eur", "usd"]),
        st.sampled_from([True, True, True, False]),
    )
    return st.lists(item_of, max_size=4).map(
        lambda items: {item.product.product_id: item for item in items}
    )


def wishes() -> st.SearchStrategy[list[Hold]]:
    quantities = st.dictionaries(st.sampled_from(IDS), st.integers(1, 12), min_size=1)
    wish = st.builds(Hold, st.sampled_from(["o1", "o2", "o3", "o4"]), quantities, st.just(EXPIRES))
    return st.lists(wish, max_size=8)


def units(reservations: list[Reservation]) -> dict[str, int]:
    total: dict[str, int] = {}
    for reservation in reservations:
        for product_id, quantity in reservation.quantities.items():
            total[product_id] = total.get(product_id, 0) + quantity
    return total


@settings(deadline=None)
@given(wishes(), shelves())
def test_never_more_than_is_available(holds: list[Hold], items: dict[str, StockItem]) -> None:
    new = plan(holds, items, {}).new
    assert all(quantity <= items[p].available for p, quantity in units(new).items())


@settings(deadline=None)
@given(wishes(), shelves())
def test_each_hold_has_one_outcome_all_or_none(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    planned = plan(holds, items, {})
    for wish, outcome in zip(holds, planned.outcomes, strict=True):
        if isinstance(outcome, Reservation):
            assert outcome.quantities == wish.quantities
            assert list(outcome.quantities) == list(wish.quantities)
    assert len({reservation.order_id for reservation in planned.new}) == len(planned.new)


@settings(deadline=None)
@given(wishes(), shelves())
def test_who_is_refused_for_want_of_units_could_not_have_been_served(
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
@given(wishes(), shelves())
def test_asked_again_the_served_get_the_same_answer_and_nothing_is_new(
    holds: list[Hold], items: dict[str, StockItem]
) -> None:
    first = plan(holds, items, {})
    served = {reservation.order_id: reservation for reservation in first.new}
    repeated = [wish for wish in holds if wish.order_id in served]
    again = plan(repeated, {}, served)
    before = [o for w, o in zip(holds, first.outcomes, strict=True) if w.order_id in served]
    assert again.new == []
    for now, then in zip(again.outcomes, before, strict=True):
        if isinstance(then, Reservation):
            assert now == then


@settings(deadline=None)
@given(wishes(), shelves())
def test_a_refused_hold_leaves_no_trace(holds: list[Hold], items: dict[str, StockItem]) -> None:
    planned = plan(holds, items, {})
    pairs = list(zip(holds, planned.outcomes, strict=True))
    served = [wish for wish, outcome in pairs if not isinstance(outcome, StockRefusal)]
    assert plan(served, items, {}).new == planned.new


@pytest.mark.parametrize(
    ("wish", "refusal", "shortfalls"),
    [
        (hold("o", a=1, x=2, y=3), UnknownProductRefusal, (Shortfall("x", 2), Shortfall("y", 3))),
        (hold("o", x=2, idle=1), UnknownProductRefusal, (Shortfall("x", 2),)),
        (hold("o", a=1, idle=4), InactiveProductRefusal, (Shortfall("idle", 4),)),
        (
            hold("o", strange=1),
            InactiveProductRefusal,
            (Shortfall("strange", 1, reason="no price"),),
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
def test_why_not(
    wish: Hold, refusal: type[StockRefusal], shortfalls: tuple[Shortfall, ...]
) -> None:
    items: Mapping[str, StockItem] = {
        "a": item("a", 5),
        "b": item("b", 5),
        "c": item("c", 0),
        "idle": item("idle", 5, active=False),
        "strange": StockItem(Product("strange", "S", None, False, "no price"), 5),
        "dollars": item("dollars", 5, currency="usd"),
    }
    (outcome,) = plan([wish], items, {}).outcomes
    assert type(outcome) is refusal
    assert isinstance(outcome, StockRefusal)
    assert outcome.shortfalls == shortfalls


def test_the_first_in_sequence_is_served_and_a_smaller_one_may_follow() -> None:
    holds = [hold("o1", a=3), hold("o2", a=3), hold("o3", a=2)]
    planned = plan(holds, {"a": item("a", 5)}, {})
    assert [reservation.order_id for reservation in planned.new] == ["o1", "o3"]


def test_a_hold_with_other_lines_differs() -> None:
    kept = reservation(ReservationState.HELD)
    (outcome,) = plan([hold("o", a=2)], {"a": item("a", 5)}, {"o": kept}).outcomes
    assert isinstance(outcome, ReservationDiffers)


def test_a_confirmed_reservation_was_reserved_and_a_released_one_is_gone() -> None:
    wish = [hold("o", a=1)]
    sold = reservation(ReservationState.CONFIRMED)
    freed = reservation(ReservationState.RELEASED)
    assert plan(wish, {}, {"o": sold}).outcomes == [sold]
    (outcome,) = plan(wish, {}, {"o": freed}).outcomes
    assert isinstance(outcome, ReservationReleased)


def test_confirm_and_release_are_final_and_repeatable() -> None:
    held = reservation(ReservationState.HELD)
    assert held.confirm().confirm().state is ReservationState.CONFIRMED
    assert held.release().release().state is ReservationState.RELEASED
    with pytest.raises(ReservationReleased):
        held.release().confirm()
    with pytest.raises(ReservationConfirmed):
        held.confirm().release()


def test_an_active_product_has_a_price() -> None:
    with pytest.raises(ValueError, match="no price"):
        Product("a", "A", None, active=True)


def reservation(state: ReservationState) -> Reservation:
    line = ReservedLine("a", "A", 1, Price("price_a", 100, "eur"))
    return Reservation("o", (line,), EXPIRES, state)
