"""Pauses beside the catalogue of the Stripe stand-in, in a real database."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.commands.pause_menu import PauseMenu, PauseMenuHandler
from gorder.stock.commands.resume_menu import ResumeMenu, ResumeMenuHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogue, SyncCatalogueHandler
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.menu_change import MenuChanged
from gorder.stock.pauses import is_paused
from gorder.stock.ports import CatalogueSourceError
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler, Menu
from tests.fakes.examples import STACK
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase

if TYPE_CHECKING:
    import stripe

pytestmark = pytest.mark.servers

KEY = "sk_test_pauses"


class SoupShop:
    """Soup at Stripe, copied to the database, and the commands about the menu."""

    def __init__(self, store: MysqlStockStore, database: StockDatabase, base_url: str) -> None:
        self.account = stripe_client(KEY, base_url)
        self.source = StripeProducts(self.account, STACK, only_marked=False)
        self.store = store
        self._database = database
        price: stripe.params.ProductCreateParamsDefaultPriceData = {
            "currency": "eur",
            "unit_amount": 700,
        }
        self.soup = self.account.v1.products.create(
            {"name": "Soup", "default_price_data": price}
        ).id
        self.sync()

    def sync(self) -> None:
        SyncCatalogueHandler(store=self.store, source=self.source)(SyncCatalogue())

    def sync_soup(self) -> None:
        SyncProductHandler(store=self.store, source=self.source, telemetry=MemoryTelemetry())(
            SyncProduct(self.soup)
        )

    def pause(self, product_id: str | None) -> MenuChanged:
        return PauseMenuHandler(store=self.store)(PauseMenu(product_id, "ann", "No eggs."))

    def resume(self, product_id: str | None) -> MenuChanged:
        handler = ResumeMenuHandler(store=self.store, source=self.source)
        return handler(ResumeMenu(product_id, "bob", "Eggs came."))

    def menu(self) -> Menu:
        return ListMenuHandler(store=self.store, telemetry=MemoryTelemetry())(ListMenu())

    def shown(self) -> tuple[str, bool, str | None]:
        """The name, whether it is active, and why not, as reservations read it."""
        [row] = self._database.rows(
            "SELECT name, active, unusable FROM products WHERE product_id = %s", self.soup
        )
        return row[0], bool(row[1]), row[2]


@pytest.fixture
def shop(store: MysqlStockStore, database: StockDatabase, tmp_path: Path) -> Iterator[SoupShop]:
    with serve(tmp_path / "stripe.db") as base_url:
        yield SoupShop(store, database, base_url)
    database.rows("DELETE FROM pauses")


@pytest.mark.parametrize("paused", ["soup", "shop"])
def test_what_changes_at_stripe_is_copied_and_does_not_undo_a_pause(
    shop: SoupShop, paused: str, database: StockDatabase
) -> None:
    product_id, reason = (
        (None, "the shop is paused") if paused == "shop" else (shop.soup, "it is paused")
    )
    shop.pause(product_id)
    shop.account.v1.products.update(shop.soup, {"name": "Hot soup"})
    shop.sync_soup()
    assert shop.shown() == ("Hot soup", False, reason)
    shop.account.v1.products.update(shop.soup, {"name": "Cold soup"})
    shop.sync()
    assert shop.shown() == ("Cold soup", False, reason)

    assert shop.resume(product_id).changed

    assert shop.shown() == ("Cold soup", True, None)
    assert database.rows(
        "SELECT product_id, paused_by, reason, resumed_by, resume_reason, resumed_at >= paused_at"
        " FROM pauses"
    ) == [(product_id, "ann", "No eggs.", "bob", "Eggs came.", 1)]


@pytest.mark.parametrize("paused", ["soup", "shop"])
def test_what_is_paused_stays_on_the_menu_with_its_details(shop: SoupShop, paused: str) -> None:
    product_id = None if paused == "shop" else shop.soup
    shop.account.v1.products.update(shop.soup, {"description": "Hot"})
    shop.sync_soup()
    shop.pause(product_id)

    menu = shop.menu()

    [soup] = [each.product for each in menu.items if each.product.product_id == shop.soup]
    assert (is_paused(soup), soup.active, soup.details.description) == (True, False, "Hot")
    assert menu.is_shop_paused is (product_id is None)
    shop.resume(product_id)
    [soup] = [i.product for i in shop.menu().items if i.product.product_id == shop.soup]
    assert (is_paused(soup), soup.active) == (False, True)
    assert not shop.menu().is_shop_paused


@pytest.mark.parametrize("paused", ["soup", "shop"])
def test_a_product_archived_during_a_pause_stays_inactive(shop: SoupShop, paused: str) -> None:
    product_id = None if paused == "shop" else shop.soup
    shop.pause(product_id)
    shop.account.v1.products.update(shop.soup, {"active": False})  # and no webhook comes

    shop.sync()
    assert shop.soup not in {item.product.product_id for item in shop.menu().items}

    assert shop.resume(product_id).changed

    assert shop.shown() == ("Soup", False, None)


def test_a_pause_that_an_older_release_has_written_over_is_repaired(
    shop: SoupShop, database: StockDatabase
) -> None:
    """An older release copies what Stripe says into `active`, and knows no pauses."""
    for repair in (shop.sync, shop.sync_soup, lambda: shop.pause(shop.soup)):
        shop.pause(shop.soup)
        database.rows(
            "UPDATE products SET active = 1, unusable = NULL WHERE product_id = %s", shop.soup
        )
        repair()
        assert shop.shown() == ("Soup", False, "it is paused")
        assert set(shop.store.run(lambda stock: stock.pauses()).products) == {shop.soup}


def test_a_pause_goes_on_if_stripe_is_down(shop: SoupShop) -> None:
    shop.pause(shop.soup)
    shop.source = StripeProducts(stripe_client(KEY, "http://127.0.0.1:1"), STACK, only_marked=False)
    with pytest.raises(CatalogueSourceError, match="nothing was changed, repeat"):
        shop.resume(shop.soup)
    assert shop.shown() == ("Soup", False, "it is paused")
    assert set(shop.store.run(lambda stock: stock.pauses()).products) == {shop.soup}
