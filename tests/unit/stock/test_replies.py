"""The replies of the stock service, as its callers parse them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gorder.contracts.stock import Refusal
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine, StockItem
from gorder.stock.pauses import PAUSED
from gorder.stock.queries.list_menu import Menu
from gorder.stock.refusals import InsufficientStockRefusal, ReservationNotFound, Shortfall
from gorder.stock.replies import REFUSALS, SETTLED, menu_listed, reservation_settled, stock_reserved
from tests.fakes.products import product

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
LINE = ReservedLine("soup", "Soup", 2, Price("price_soup", 700, "eur"))
RESERVATION = Reservation("o1", (LINE,), EXPIRES)


def test_every_refusal_of_the_contract_has_one_class() -> None:
    assert sorted(REFUSALS.values()) == sorted(Refusal)


def test_every_state_but_held_has_its_outcome() -> None:
    assert set(SETTLED) == set(ReservationState) - {ReservationState.HELD}
    assert all(outcome == state for state, outcome in SETTLED.items())


def test_each_hold_is_reserved_with_prices_or_refused_with_lines() -> None:
    holds = [Hold("o1", {"soup": 2}, EXPIRES), Hold("o2", {"soup": 9}, EXPIRES)]
    refusal = InsufficientStockRefusal("not enough", [Shortfall("soup", 9, 8)])

    reply = stock_reserved(holds, [RESERVATION, refusal])

    reserved, refused = reply.model_dump()["outcomes"]
    assert reserved == {
        "outcome": "reserved",
        "order_id": "o1",
        "lines": (
            {
                "product_id": "soup",
                "name": "Soup",
                "quantity": 2,
                "unit_amount": 700,
                "currency": "eur",
                "price_id": "price_soup",
            },
        ),
    }
    assert refused == {
        "outcome": "refused",
        "order_id": "o2",
        "refusal": "insufficient_stock",
        "lines": ({"product_id": "soup", "requested": 9, "available": 8, "reason": None},),
    }


def test_a_reservation_is_settled_or_refused() -> None:
    settled = [
        reservation_settled("o1", outcome).model_dump()["outcome"]
        for outcome in (
            RESERVATION.confirm(),
            RESERVATION.release(),
            RESERVATION.confirm().return_units(),
            RESERVATION.write_off(),
            ReservationNotFound("order o1 has no reservation"),
        )
    ]
    assert settled == [
        {"outcome": "confirmed", "order_id": "o1"},
        {"outcome": "released", "order_id": "o1"},
        {"outcome": "returned", "order_id": "o1"},
        {"outcome": "wasted", "order_id": "o1"},
        {"outcome": "refused", "order_id": "o1", "refusal": "reservation_not_found", "lines": ()},
    ]


def test_the_menu_shows_price_and_available_units() -> None:
    items = [StockItem(product("soup", amount=700), on_hand=10, held=4)]
    assert menu_listed(Menu(items, is_shop_paused=False)).model_dump() == {
        "products": (
            {
                "product_id": "soup",
                "name": "Name of soup",
                "unit_amount": 700,
                "currency": "eur",
                "active": True,
                "available": 6,
                "description": None,
                "image": None,
                "category": None,
                "paused": False,
            },
        ),
        "paused": False,
    }


@pytest.mark.parametrize("reason", PAUSED)
def test_a_paused_product_has_its_details_and_no_available_units(reason: str) -> None:
    details = MenuDetails("Hot", "https://shop.example/1.png", "Soups", 3)
    soup = replace(product("soup"), active=False, unusable_reason=reason, details=details)

    listed = menu_listed(Menu([StockItem(soup, on_hand=10)], is_shop_paused=True))

    [shown] = listed.products
    assert (shown.active, shown.available, shown.paused, listed.paused) == (False, 0, True, True)
    assert (shown.description, shown.image, shown.category) == (
        *("Hot", "https://shop.example/1.png", "Soups"),
    )
