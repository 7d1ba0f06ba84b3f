"""Products and the shop are paused and resumed, on a store that loses a race each time."""

from dataclasses import replace

import pytest

from gorder.stock.commands.resume_menu import ResumeMenu, ResumeMenuHandler
from gorder.stock.model import Hold, Product
from gorder.stock.pauses import PRODUCT_PAUSED, SHOP_PAUSED, is_paused
from gorder.stock.ports import CatalogueSourceError
from gorder.stock.refusals import InactiveProductRefusal, UnknownProductRefusal
from tests.fakes.products import FixedProducts, product
from tests.unit.stock.racing_stock import BREAD, EXPIRES, SOUP, RacingStock


@pytest.fixture
def stock() -> RacingStock:
    return RacingStock()


def kept(stock: RacingStock, product_id: str) -> Product:
    return stock.memory.kept.stock[product_id].product


def sold(stock: RacingStock) -> list[str]:
    """Return the products of the menu that are not paused."""
    return [i.product.product_id for i in stock.menu().items if not is_paused(i.product)]


def paused(stock: RacingStock) -> list[str]:
    return [i.product.product_id for i in stock.menu().items if is_paused(i.product)]


def test_a_paused_product_cannot_be_ordered_until_it_is_resumed(stock: RacingStock) -> None:
    changed = stock.pause("soup")

    assert changed.pause is not None
    assert (changed.changed, changed.pause.by, changed.pause.reason) == (True, "ann", "No eggs.")
    assert (sold(stock), paused(stock)) == (["bread"], ["soup"])
    assert not stock.menu().is_shop_paused
    (refusal,) = stock.reserve(Hold("o1", {"soup": 1}, EXPIRES))
    assert isinstance(refusal, InactiveProductRefusal)
    assert refusal.shortfalls[0].reason == "it is paused"

    resumed = stock.resume("soup", SOUP, BREAD)

    assert (resumed.changed, resumed.pause, list(resumed.products)) == (True, None, [SOUP])
    assert sold(stock) == ["bread", "soup"]
    assert not stock.resume("soup").changed
    assert kept(stock, "soup") == SOUP


def test_a_second_pause_keeps_the_first_one(stock: RacingStock) -> None:
    first = stock.pause("soup")
    again = stock.pause("soup", "Another reason.")
    assert (again.changed, again.pause) == (False, first.pause)


@pytest.mark.parametrize("product_id", ["soup", None])
def test_a_synchronisation_does_not_undo_a_pause(
    stock: RacingStock, product_id: str | None
) -> None:
    stock.pause(product_id)
    dearer = product("soup", amount=800)

    assert stock.sync(SOUP, BREAD) == ()
    stock.sync_product("soup", FixedProducts(dearer))

    assert (kept(stock, "soup").price, kept(stock, "soup").active) == (dearer.price, False)
    stock.resume(product_id, dearer, BREAD)
    assert kept(stock, "soup") == dearer


def test_resuming_does_not_activate_what_its_source_does_not_sell(stock: RacingStock) -> None:
    stock.pause("soup")
    assert not stock.resume("soup", replace(SOUP, active=False), BREAD).products[0].active
    stock.pause(None)
    resumed = stock.resume(None, SOUP)
    assert [(p.product_id, p.active) for p in resumed.products] == [
        *(("bread", False), ("soup", True))
    ]


def test_a_product_stays_paused_when_the_shop_resumes(stock: RacingStock) -> None:
    stock.pause("soup")
    stock.pause(None)
    assert (sold(stock), paused(stock)) == ([], ["bread", "soup"])
    assert stock.menu().is_shop_paused
    assert kept(stock, "bread").unusable_reason == SHOP_PAUSED
    stock.resume(None, SOUP, BREAD)
    assert (sold(stock), paused(stock)) == (["bread"], ["soup"])
    assert not stock.menu().is_shop_paused
    assert kept(stock, "soup").unusable_reason == PRODUCT_PAUSED


def test_a_product_that_resumes_waits_for_the_shop(stock: RacingStock) -> None:
    stock.pause(None)
    stock.pause("soup")
    [soup] = stock.resume("soup", SOUP, BREAD).products
    assert (soup.active, soup.unusable_reason) == (False, SHOP_PAUSED)
    stock.sync(SOUP, BREAD, product("tea"))
    assert (sold(stock), paused(stock)) == ([], ["bread", "soup", "tea"])


@pytest.mark.parametrize("product_id", ["soup", None])
@pytest.mark.parametrize(
    "source",
    [
        FixedProducts(replace(SOUP, active=False)),
        FixedProducts(replace(SOUP, price=None, active=False, unusable_reason="it has no price")),
        FixedProducts(),
    ],
    ids=["archived", "unusable", "gone"],
)
def test_a_paused_product_that_its_source_does_not_sell_leaves_the_menu(
    stock: RacingStock, source: FixedProducts, product_id: str | None
) -> None:
    stock.pause(product_id)
    stock.sync_product("soup", source)
    assert "soup" not in sold(stock) + paused(stock)


def test_a_shop_without_products_can_be_paused() -> None:
    empty = RacingStock()
    empty.sync()
    empty.pause(None)
    assert (list(empty.menu().items), empty.menu().is_shop_paused) == ([], True)


def test_orders_that_hold_units_go_on(stock: RacingStock) -> None:
    first = stock.held("o1", soup=2)
    stock.held("o2", soup=1)
    stock.release("o2")
    stock.pause("soup")
    stock.pause(None)
    assert stock.held("o1", soup=2) == first
    assert [stock.confirm("o1"), stock.confirm("o2")] == ["confirmed", "confirmed"]
    assert stock.soup() == (7, 0)


@pytest.mark.parametrize("repair", ["sync", "sync_product", "pause"])
def test_a_product_that_an_older_release_has_activated_is_inactive_again(
    stock: RacingStock, repair: str
) -> None:
    stock.pause("soup")
    stock.memory.kept.save_products([SOUP])
    assert (sold(stock), paused(stock)) == (["bread"], ["soup"])

    match repair:
        case "sync":
            assert stock.sync(SOUP, BREAD) == ("soup",)
        case "sync_product":
            stock.sync_product("soup", FixedProducts(SOUP))
        case _:
            assert not stock.pause("soup").changed

    assert not kept(stock, "soup").active


def test_a_pause_goes_on_if_the_source_is_down(stock: RacingStock) -> None:
    stock.pause("soup")
    source = FixedProducts(SOUP)
    source.down = True
    with pytest.raises(CatalogueSourceError):
        ResumeMenuHandler(store=stock.store, source=source)(ResumeMenu("soup", "bob", "Eggs."))
    assert "soup" in stock.memory.kept.paused
    assert not kept(stock, "soup").active


def test_an_unknown_product_is_not_paused(stock: RacingStock) -> None:
    for change in (stock.pause, stock.resume):
        with pytest.raises(UnknownProductRefusal, match="no product ghost"):
            change("ghost")
