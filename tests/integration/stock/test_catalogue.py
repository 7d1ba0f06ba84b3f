"""Copying the catalogue from the Stripe stand-in, through the SDK, into a real database."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import stripe

from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.catalogue import CatalogueSnapshot
from gorder.stock.commands.sync_catalogue import (
    CatalogueSynced,
    SyncCatalogue,
    SyncCatalogueHandler,
)
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.menu_details import MenuDetails
from gorder.stock.ports import CatalogueSourceError
from tests.fakes.examples import STACK
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

KEY = "sk_test_catalogue"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[stripe.StripeClient]:
    with serve(tmp_path / "stripe.db") as base_url:
        yield stripe_client(KEY, base_url)


def shop(account: stripe.StripeClient) -> StripeProducts:
    """Return all products of the account."""
    return StripeProducts(account, STACK, only_marked=False)


def sell(
    account: stripe.StripeClient, name: str, amount: int = 500, currency: str = "eur"
) -> stripe.Product:
    price: stripe.params.ProductCreateParamsDefaultPriceData = {
        "currency": currency,
        "unit_amount": amount,
    }
    return account.v1.products.create({"name": name, "default_price_data": price})


@pytest.fixture
def sync(account: stripe.StripeClient, store: MysqlStockStore) -> Callable[[], CatalogueSynced]:
    return partial(SyncCatalogueHandler(store=store, source=shop(account)), SyncCatalogue())


class SlowProducts:
    """Reads its source at once and returns when `go_on` is set."""

    def __init__(self, source: StripeProducts) -> None:
        self._source = source
        self.read, self.go_on = threading.Event(), threading.Event()

    def products(self) -> CatalogueSnapshot:
        return self._wait(self._source.products())

    def product(self, product_id: str) -> CatalogueSnapshot:
        return self._wait(self._source.product(product_id))

    def _wait(self, snapshot: CatalogueSnapshot) -> CatalogueSnapshot:
        self.read.set()
        assert self.go_on.wait(10), "the test did not go on"
        return snapshot


def products(database: StockDatabase, *ids: str) -> list[tuple[object, ...]]:
    return database.rows(
        "SELECT p.name, p.unit_amount, p.currency, p.active, s.on_hand, s.held"
        " FROM products p JOIN stock s ON s.product_id = p.product_id"
        " WHERE p.product_id IN %s ORDER BY p.name",
        ids,
    )


def test_products_and_prices_are_copied_and_repeating_changes_nothing(
    account: stripe.StripeClient, database: StockDatabase, sync: Callable[[], CatalogueSynced]
) -> None:
    ids = [sell(account, name, amount).id for name, amount in [("Bread", 200), ("Soup", 700)]]
    first = sync()
    assert set(ids) <= set(first.saved)
    assert first.total == 2
    assert products(database, *ids) == [
        ("Bread", 200, "eur", 1, 0, 0),
        ("Soup", 700, "eur", 1, 0, 0),
    ]
    assert sync().saved == ()


def test_the_details_of_a_product_are_copied_and_follow_its_changes(
    account: stripe.StripeClient, store: MysqlStockStore, sync: Callable[[], CatalogueSynced]
) -> None:
    soup = account.v1.products.create(
        {
            "name": "Soup",
            "description": "Hot 🍜\n" + "x" * 600,
            "images": ["http://shop.example/1.png", "https://shop.example/2.png"],
            "metadata": {"gorder_category": "Soups", "gorder_position": "2"},
            "default_price_data": {"currency": "eur", "unit_amount": 700},
        }
    ).id

    def details() -> MenuDetails:
        return store.run(lambda stock: stock.items([soup]))[soup].product.details

    assert soup in sync().saved
    assert details() == MenuDetails(
        "Hot 🍜 " + "x" * 493 + "…", "https://shop.example/2.png", "Soups", 2
    )
    assert sync().saved == ()

    account.v1.products.update(soup, {"metadata": {"gorder_position": "", "aisle": "4"}})
    one = SyncProductHandler(store=store, source=shop(account), telemetry=MemoryTelemetry())
    one(SyncProduct(soup))
    assert (details().category, details().position) == ("Soups", 0)

    account.v1.products.update(soup, {"description": "", "images": "", "metadata": ""})
    one(SyncProduct(soup))
    assert details() == MenuDetails()


def test_every_page_is_read(
    account: stripe.StripeClient, database: StockDatabase, sync: Callable[[], CatalogueSynced]
) -> None:
    ids = [sell(account, f"Dish {number}").id for number in range(205)]
    assert sync().total == 205
    assert len(products(database, *ids)) == 205


def test_an_archived_product_and_one_without_a_price_become_inactive(
    account: stripe.StripeClient, database: StockDatabase, sync: Callable[[], CatalogueSynced]
) -> None:
    soup, bread = sell(account, "Soup"), sell(account, "Bread")
    sync()
    account.v1.products.update(soup.id, {"active": False})
    priceless = account.v1.products.create({"name": "A smile"})
    synced = sync()
    assert set(synced.saved) == {soup.id, priceless.id}
    assert [(u.product_id, u.name) for u in synced.unusable] == [(priceless.id, "A smile")]
    assert [(row[0], row[3]) for row in products(database, soup.id, bread.id, priceless.id)] == [
        ("A smile", 0),
        ("Bread", 1),
        ("Soup", 0),
    ]


def test_a_product_whose_price_can_never_be_paid_becomes_inactive_with_the_reason(
    account: stripe.StripeClient, database: StockDatabase, sync: Callable[[], CatalogueSynced]
) -> None:
    """A row that another release has copied as active is judged again."""
    odd, dear = sell(account, "Odd", 1505, "kwd"), sell(account, "Dear", 100_000_000)
    fine = [sell(account, "Even", 1510, "kwd"), sell(account, "Free", 0), sell(account, "Low", 1)]
    sync()
    database.rows(
        "UPDATE products SET active = 1, price_id = 'price_1', unit_amount = 1505,"
        " currency = 'kwd', unusable = NULL WHERE product_id = %s",
        odd.id,
    )

    for saved in ((odd.id,), ()):
        synced = sync()
        assert synced.saved == saved
        assert {u.product_id: u.reason for u in synced.unusable} == {
            odd.id: "its default price of 1505 is not a multiple of 10 minor units of kwd",
            dear.id: "its default price of 100000000 is above the maximum of 99999999 minor units "
            "of eur",
        }
    assert [row[:4] for row in products(database, odd.id, dear.id, *(p.id for p in fine))] == [
        ("Dear", None, None, 0),
        ("Even", 1510, "kwd", 1),
        ("Free", 0, "eur", 1),
        ("Low", 1, "eur", 1),
        ("Odd", None, None, 0),
    ]


def test_a_product_gone_from_stripe_becomes_inactive(
    database: StockDatabase, sync: Callable[[], CatalogueSynced]
) -> None:
    gone = database.stocked(7)
    assert gone in sync().saved
    assert [(row[3], row[4]) for row in products(database, gone)] == [(0, 7)]


def test_concurrent_runs_wait_so_that_the_newer_snapshot_wins(
    account: stripe.StripeClient, database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    """The product appears after the first run has read Stripe and before it saves."""
    source = SlowProducts(shop(account))
    slow = threading.Thread(
        target=SyncCatalogueHandler(store=stores(), source=source), args=(SyncCatalogue(),)
    )
    quick = threading.Thread(
        target=SyncCatalogueHandler(store=stores(), source=shop(account)),
        args=(SyncCatalogue(),),
    )
    slow.start()
    assert source.read.wait(10), "the first synchronisation did not read"
    new = sell(account, "New")
    quick.start()
    quick.join(0.3)
    assert quick.is_alive()  # waits for the first run
    source.go_on.set()
    for thread in (slow, quick):
        thread.join(10)
        assert not thread.is_alive()
    assert [row[3] for row in products(database, new.id)] == [1]


def test_one_product_is_copied_as_stripe_has_it_now(
    account: stripe.StripeClient, database: StockDatabase, store: MysqlStockStore
) -> None:
    soup = sell(account, "Soup", 700)
    telemetry = MemoryTelemetry()
    sync = SyncProductHandler(store=store, source=shop(account), telemetry=telemetry)
    sync(SyncProduct(soup.id))
    assert products(database, soup.id) == [("Soup", 700, "eur", 1, 0, 0)]
    dearer = account.v1.prices.create({"product": soup.id, "currency": "eur", "unit_amount": 800})
    account.v1.products.update(soup.id, {"default_price": dearer.id, "name": "Hot soup"})
    for _ in range(2):
        sync(SyncProduct(soup.id))
        assert products(database, soup.id) == [("Hot soup", 800, "eur", 1, 0, 0)]
    account.v1.prices.update(dearer.id, {"active": False})
    sync(SyncProduct(soup.id))
    assert products(database, soup.id) == [("Hot soup", None, None, 0, 0, 0)]
    assert telemetry.counts == {"ProductUnusable": 1}


def test_a_product_gone_becomes_inactive_and_one_with_an_unfit_id_is_left_out(
    account: stripe.StripeClient, database: StockDatabase, store: MysqlStockStore
) -> None:
    gone = database.stocked(7)
    unfit = account.v1.products.create({"id": "_soup", "name": "Soup"})
    telemetry = MemoryTelemetry()
    sync = SyncProductHandler(store=store, source=shop(account), telemetry=telemetry)
    for product_id in (gone, "never/was", unfit.id):
        sync(SyncProduct(product_id))
    assert [(row[3], row[4]) for row in products(database, gone)] == [(0, 7)]
    assert products(database, unfit.id, "never/was") == []
    assert telemetry.warnings == ["catalogue.unusable"]


def test_an_older_state_of_a_product_cannot_win(
    account: stripe.StripeClient, database: StockDatabase, stores: Callable[..., MysqlStockStore]
) -> None:
    """The name changes after the first run has read Stripe and before it saves."""
    slow_source = SlowProducts(shop(account))
    soup = sell(account, "Old soup")
    slow, quick = (
        threading.Thread(
            target=SyncProductHandler(store=stores(), source=source, telemetry=MemoryTelemetry()),
            args=(SyncProduct(soup.id),),
        )
        for source in (slow_source, shop(account))
    )
    slow.start()
    assert slow_source.read.wait(10), "the first synchronisation did not read"
    account.v1.products.update(soup.id, {"name": "New soup"})
    quick.start()
    quick.join(0.3)
    assert quick.is_alive()  # waits for the first run
    slow_source.go_on.set()
    for thread in (slow, quick):
        thread.join(10)
        assert not thread.is_alive()
    assert [row[0] for row in products(database, soup.id)] == ["New soup"]


def test_syncing_one_product_while_stripe_is_down_changes_nothing(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    kept = database.stocked(7)
    source = shop(stripe_client(KEY, "http://127.0.0.1:1"))
    with pytest.raises(CatalogueSourceError, match="nothing was changed"):
        SyncProductHandler(store=store, source=source, telemetry=MemoryTelemetry())(
            SyncProduct(kept)
        )
    assert [(row[3], row[4]) for row in products(database, kept)] == [(1, 7)]


def test_syncing_the_catalogue_while_stripe_is_down_changes_nothing(
    database: StockDatabase, store: MysqlStockStore
) -> None:
    kept = database.stocked(7)
    source = shop(stripe_client(KEY, "http://127.0.0.1:1"))
    with pytest.raises(CatalogueSourceError, match="nothing was changed"):
        SyncCatalogueHandler(store=store, source=source)(SyncCatalogue())
    assert [(row[3], row[4]) for row in products(database, kept)] == [(1, 7)]
