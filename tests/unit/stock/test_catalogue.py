"""The catalogue, its menu and the receipts, on a store that loses a race each time."""

from dataclasses import replace

import pytest

from gorder.constraints import MAX_UNITS
from gorder.stock.adapters.stripe_products import catalogue_snapshot
from gorder.stock.catalogue import UnusableProduct
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import Hold
from gorder.stock.queries.list_menu import LONGEST_MENU
from gorder.stock.refusals import (
    InactiveProductRefusal,
    ReceiptDiffers,
    TooManyUnits,
    UnknownProductRefusal,
)
from tests.fakes.products import FixedProducts, product
from tests.unit.stock.racing_stock import BREAD, EXPIRES, SOUP, RacingStock
from tests.unit.stock.test_stripe_products import PRICE, stripe_product


@pytest.fixture
def stock() -> RacingStock:
    return RacingStock()


def test_a_receipt_books_a_product_once(stock: RacingStock) -> None:
    assert stock.receive("r2", "soup", 5)
    assert not stock.receive("r2", "soup", 5)
    assert stock.soup() == (15, 0)
    with pytest.raises(ReceiptDiffers, match="r2 has booked 5 units of soup, not 6"):
        stock.receive("r2", "soup", 6)
    with pytest.raises(UnknownProductRefusal, match="ghost"):
        stock.receive("r2", "ghost", 1)


def test_the_sum_of_all_receipts_is_bounded(stock: RacingStock) -> None:
    assert stock.receive("r2", "soup", MAX_UNITS - 10)
    with pytest.raises(TooManyUnits, match=f"soup has {MAX_UNITS} units; with 1 more"):
        stock.receive("r3", "soup", 1)
    assert not stock.receive("r2", "soup", MAX_UNITS - 10)
    assert stock.soup() == (MAX_UNITS, 0)


def test_a_second_synchronisation_saves_only_what_changed(stock: RacingStock) -> None:
    assert stock.sync(SOUP, BREAD) == ()
    assert stock.sync(product("soup", amount=1), BREAD, product("tea")) == ("soup", "tea")
    assert stock.soup() == (10, 0)


def test_a_product_gone_from_the_source_is_kept_inactive(stock: RacingStock) -> None:
    assert stock.sync(SOUP) == ("bread",)
    assert stock.refused("o1", bread=1) is InactiveProductRefusal
    assert stock.sync(SOUP) == ()
    assert stock.sync(SOUP, BREAD) == ("bread",)
    stock.held("o1", bread=1)


def test_the_stock_list_shows_every_product_by_id(stock: RacingStock) -> None:
    assert [(item.product.product_id, item.available) for item in stock.list_stock()] == [
        ("bread", 10),
        ("soup", 10),
    ]


def test_the_menu_shows_active_products_by_name(stock: RacingStock) -> None:
    inactive = replace(product("idle"), active=False)
    stock.sync(SOUP, BREAD, inactive, replace(product("z"), name="apple pie"))
    stock.held("o1", soup=10)
    assert [(item.product.name, item.available) for item in stock.menu().items] == [
        ("apple pie", 0),
        ("Name of bread", 10),
        ("Name of soup", 0),
    ]
    assert stock.telemetry.counts == {}


def test_the_menu_is_sorted_by_position_then_name(stock: RacingStock) -> None:
    first, last = (
        replace(each, details=MenuDetails(position=position))
        for each, position in ((SOUP, -1), (product("apple"), 1))
    )
    stock.sync(first, BREAD, last)
    assert [item.product.product_id for item in stock.menu().items] == ["soup", "bread", "apple"]


def test_a_changed_detail_is_saved_and_a_product_that_is_gone_keeps_its_details(
    stock: RacingStock,
) -> None:
    hot = replace(SOUP, details=MenuDetails("Hot", "https://shop.example/1.png", "Soups", 2))
    assert stock.sync(hot, BREAD) == ("soup",)
    assert stock.sync(hot, BREAD) == ()
    assert stock.sync(BREAD) == ("soup",)
    assert stock.memory.kept.stock["soup"].product == replace(hot, active=False)


def test_a_menu_that_is_too_long_is_cut_and_counted(stock: RacingStock) -> None:
    stock.sync(*(product(f"p{number}") for number in range(LONGEST_MENU + 1)))
    assert len(stock.menu().items) == LONGEST_MENU
    assert stock.telemetry.counts == {"MenuCut": 1}


def test_a_changed_price_applies_to_new_orders_only(stock: RacingStock) -> None:
    before = stock.held("o1", soup=1)
    stock.sync_product("soup", FixedProducts(product("soup", amount=800), BREAD))
    after = stock.held("o2", soup=1)
    assert [each.lines[0].price.unit_amount for each in (before, after)] == [700, 800]
    assert stock.held("o1", soup=1) == before


def test_a_product_that_is_gone_or_unusable_cannot_be_ordered(stock: RacingStock) -> None:
    stock.sync_product("soup", FixedProducts(BREAD))
    recurring = UnusableProduct("bread", "Bread", "its default price is recurring")
    source = FixedProducts(replace(BREAD, price=None, active=False))
    source.snapshot = replace(source.snapshot, unusable=(recurring,))
    stock.sync_product("bread", source)
    assert stock.telemetry.counts == {"ProductUnusable": 1}
    assert stock.telemetry.warnings == ["catalogue.unusable"]
    for product_id in ("soup", "bread"):
        assert stock.refused("o1", **{product_id: 1}) is InactiveProductRefusal


def test_a_product_whose_price_breaks_its_currency_is_refused_before_units_are_held(
    stock: RacingStock,
) -> None:
    price = PRICE | {"unit_amount": 1505, "currency": "kwd"}
    source = FixedProducts()
    source.snapshot = catalogue_snapshot([stripe_product(price, id="soup")])
    stock.sync_product("soup", source)
    assert stock.telemetry.warnings == ["catalogue.unusable"]
    (refusal,) = stock.reserve(Hold("o1", {"soup": 2}, EXPIRES))
    assert isinstance(refusal, InactiveProductRefusal)
    assert refusal.shortfalls[0].reason == (
        "its default price of 1505 is not a multiple of 10 minor units of kwd"
    )
    assert stock.soup() == (10, 0)


def test_a_changed_product_that_is_not_known_yet_is_added(stock: RacingStock) -> None:
    stock.sync_product("tea", FixedProducts(product("tea")))
    stock.sync_product("ghost", FixedProducts())
    assert stock.receive("r9", "tea", 3)
    stock.held("o1", tea=3)
    assert "ghost" not in stock.memory.kept.stock
