"""The catalogue, from the Stripe stand-in through the SDK into a real database."""

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
from gorder.stock.commands.sync_catalogue import (
    CatalogueSynced,
    SyncCatalogue,
    SyncCatalogueHandler,
)
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.ports import CatalogueSourceError, Listing
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.house import House

pytestmark = pytest.mark.servers

KEY = "sk_test_catalogue"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[stripe.StripeClient]:
    with serve(tmp_path / "stripe.db") as base_url:
        yield stripe_client(KEY, base_url)


def sell(account: stripe.StripeClient, name: str, amount: int = 500) -> stripe.Product:
    price: stripe.params.ProductCreateParamsDefaultPriceData = {
        "currency": "eur",
        "unit_amount": amount,
    }
    return account.v1.products.create({"name": name, "default_price_data": price})


@pytest.fixture
def sync(account: stripe.StripeClient, store: MysqlStockStore) -> Callable[[], CatalogueSynced]:
    return partial(SyncCatalogueHandler(store, StripeProducts(account)), SyncCatalogue())


class SlowProducts:
    """Has read the source, and answers only when it is told to go on."""

    def __init__(self, source: StripeProducts) -> None:
        self._source = source
        self.read, self.go_on = threading.Event(), threading.Event()

    def products(self) -> Listing:
        return self._after_a_while(self._source.products())

    def product(self, product_id: str) -> Listing:
        return self._after_a_while(self._source.product(product_id))

    def _after_a_while(self, listing: Listing) -> Listing:
        self.read.set()
        assert self.go_on.wait(10), "the test did not go on"
        return listing


def products(house: House, *ids: str) -> list[tuple[object, ...]]:
    return house.rows(
        "SELECT p.name, p.unit_amount, p.currency, p.active, s.on_hand, s.held"
        " FROM products p JOIN stock s ON s.product_id = p.product_id"
        " WHERE p.product_id IN %s ORDER BY p.name",
        ids,
    )


def test_products_and_prices_are_copied_and_again_changes_nothing(
    account: stripe.StripeClient, house: House, sync: Callable[[], CatalogueSynced]
) -> None:
    ids = [sell(account, name, amount).id for name, amount in [("Bread", 200), ("Soup", 700)]]
    first = sync()
    assert set(ids) <= set(first.saved)
    assert first.total == 2
    assert products(house, *ids) == [
        ("Bread", 200, "eur", 1, 0, 0),
        ("Soup", 700, "eur", 1, 0, 0),
    ]
    assert sync().saved == ()


def test_every_page_is_read(
    account: stripe.StripeClient, house: House, sync: Callable[[], CatalogueSynced]
) -> None:
    ids = [sell(account, f"Dish {number}").id for number in range(205)]
    assert sync().total == 205
    assert len(products(house, *ids)) == 205


def test_what_stripe_archives_or_cannot_sell_becomes_inactive(
    account: stripe.StripeClient, house: House, sync: Callable[[], CatalogueSynced]
) -> None:
    soup, bread = sell(account, "Soup"), sell(account, "Bread")
    sync()
    account.v1.products.update(soup.id, {"active": False})
    priceless = account.v1.products.create({"name": "A smile"})
    synced = sync()
    assert set(synced.saved) == {soup.id, priceless.id}
    assert [(u.product_id, u.name) for u in synced.unusable] == [(priceless.id, "A smile")]
    assert [(row[0], row[3]) for row in products(house, soup.id, bread.id, priceless.id)] == [
        ("A smile", 0),
        ("Bread", 1),
        ("Soup", 0),
    ]


def test_what_is_gone_from_stripe_becomes_inactive(
    house: House, sync: Callable[[], CatalogueSynced]
) -> None:
    gone = house.stocked(7)
    assert gone in sync().saved
    assert [(row[3], row[4]) for row in products(house, gone)] == [(0, 7)]


def test_two_at_once_take_turns_so_that_the_newer_listing_wins(
    account: stripe.StripeClient, house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    """The first reads Stripe, the product appears, and only then may it save what it read."""
    source = SlowProducts(StripeProducts(account))
    slow = threading.Thread(target=SyncCatalogueHandler(stores(), source), args=(SyncCatalogue(),))
    quick = threading.Thread(
        target=SyncCatalogueHandler(stores(), StripeProducts(account)), args=(SyncCatalogue(),)
    )
    slow.start()
    assert source.read.wait(10), "the first synchronisation did not read"
    new = sell(account, "New")
    quick.start()
    quick.join(0.3)
    assert quick.is_alive()  # it waits for its turn
    source.go_on.set()
    for thread in (slow, quick):
        thread.join(10)
        assert not thread.is_alive()
    assert [row[3] for row in products(house, new.id)] == [1]


def test_one_product_is_brought_to_what_stripe_says_now(
    account: stripe.StripeClient, house: House, store: MysqlStockStore
) -> None:
    soup = sell(account, "Soup", 700)
    telemetry = MemoryTelemetry()
    sync = SyncProductHandler(store, StripeProducts(account), telemetry)
    sync(SyncProduct(soup.id))
    assert products(house, soup.id) == [("Soup", 700, "eur", 1, 0, 0)]
    dearer = account.v1.prices.create({"product": soup.id, "currency": "eur", "unit_amount": 800})
    account.v1.products.update(soup.id, {"default_price": dearer.id, "name": "Hot soup"})
    for _ in range(2):
        sync(SyncProduct(soup.id))
        assert products(house, soup.id) == [("Hot soup", 800, "eur", 1, 0, 0)]
    account.v1.prices.update(dearer.id, {"active": False})
    sync(SyncProduct(soup.id))
    assert products(house, soup.id) == [("Hot soup", None, None, 0, 0, 0)]
    assert telemetry.counts == {"ProductUnusable": 1}


def test_one_product_gone_from_stripe_becomes_inactive_and_a_strange_one_is_left_out(
    account: stripe.StripeClient, house: House, store: MysqlStockStore
) -> None:
    gone = house.stocked(7)
    strange = account.v1.products.create({"id": "_soup", "name": "Soup"})
    telemetry = MemoryTelemetry()
    sync = SyncProductHandler(store, StripeProducts(account), telemetry)
    for product_id in (gone, "never/was", strange.id):
        sync(SyncProduct(product_id))
    assert [(row[3], row[4]) for row in products(house, gone)] == [(0, 7)]
    assert products(house, strange.id, "never/was") == []
    assert telemetry.warnings == ["catalogue.unusable"]


def test_a_products_older_state_cannot_win(
    account: stripe.StripeClient, house: House, stores: Callable[..., MysqlStockStore]
) -> None:
    """The first reads Stripe, the name changes, and only then may it save what it read."""
    source = SlowProducts(StripeProducts(account))
    soup = sell(account, "Old soup")
    slow, quick = (
        threading.Thread(
            target=SyncProductHandler(stores(), each, MemoryTelemetry()),
            args=(SyncProduct(soup.id),),
        )
        for each in (source, StripeProducts(account))
    )
    slow.start()
    assert source.read.wait(10), "the first synchronisation did not read"
    account.v1.products.update(soup.id, {"name": "New soup"})
    quick.start()
    quick.join(0.3)
    assert quick.is_alive()  # it waits for its turn
    source.go_on.set()
    for thread in (slow, quick):
        thread.join(10)
        assert not thread.is_alive()
    assert [row[0] for row in products(house, soup.id)] == ["New soup"]


def test_stripe_being_down_changes_no_product(house: House, store: MysqlStockStore) -> None:
    kept = house.stocked(7)
    source = StripeProducts(stripe_client(KEY, "http://127.0.0.1:1"))
    with pytest.raises(CatalogueSourceError, match="nothing was changed"):
        SyncProductHandler(store, source, MemoryTelemetry())(SyncProduct(kept))
    assert [(row[3], row[4]) for row in products(house, kept)] == [(1, 7)]


def test_stripe_being_down_changes_nothing(house: House, store: MysqlStockStore) -> None:
    kept = house.stocked(7)
    source = StripeProducts(stripe_client(KEY, "http://127.0.0.1:1"))
    with pytest.raises(CatalogueSourceError, match="nothing was changed"):
        SyncCatalogueHandler(store, source)(SyncCatalogue())
    assert [(row[3], row[4]) for row in products(house, kept)] == [(1, 7)]
