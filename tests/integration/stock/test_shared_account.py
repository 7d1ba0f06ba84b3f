"""Several shops use one Stripe account: which of its products are on the menu of each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client
from gorder.contracts.back_office_stock import StockLevelBody
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.back_office_replies import stock_shown
from gorder.stock.commands.sync_catalogue import SyncCatalogue, SyncCatalogueHandler
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.pauses import Pauses
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler
from gorder.stock.queries.list_stock import ListStock, ListStockHandler
from gorder.stripe_mark import MARK
from tests.fakes.examples import STACK
from tests.fakes.telemetry import MemoryTelemetry

pytestmark = pytest.mark.servers

OURS, ANOTHERS = {MARK: STACK}, {MARK: "another-shop"}


class SharedAccount:
    """A shop at an account that another shop uses, too."""

    def __init__(self, store: MysqlStockStore, base_url: str) -> None:
        self.store = store
        self.telemetry = MemoryTelemetry()
        self._client = stripe_client("sk_test_shared", base_url)

    def product(self, **metadata: str) -> str:
        """Create a product of 5.00 euro with this metadata."""
        price: Any = {"currency": "eur", "unit_amount": 500}
        product = self._client.v1.products.create(
            {"name": "Soup", "default_price_data": price, "metadata": metadata}
        )
        return product.id

    def mark(self, product_id: str, stack: str) -> None:
        """Change the mark of a product; an empty one removes it."""
        self._client.v1.products.update(product_id, {"metadata": {MARK: stack}})

    def copy(self, *product_ids: str, only_marked: bool) -> int:
        """Copy products, or the whole catalogue. Return how many products were ignored."""
        source = StripeProducts(self._client, STACK, only_marked=only_marked)
        if not product_ids:
            synced = SyncCatalogueHandler(store=self.store, source=source)(SyncCatalogue())
            return synced.ignored
        for product_id in product_ids:
            SyncProductHandler(store=self.store, source=source, telemetry=self.telemetry)(
                SyncProduct(product_id)
            )
        return self.telemetry.counts.get("ProductIgnored", 0)

    def menu(self) -> set[str]:
        listed = ListMenuHandler(store=self.store, telemetry=self.telemetry)(ListMenu())
        return {item.product.product_id for item in listed.items}

    def shown(self, product_id: str) -> StockLevelBody | None:
        """Return what the back office shows of a product."""
        listed = ListStockHandler(store=self.store)(ListStock())
        found = stock_shown(listed, Pauses()).products
        return next((each for each in found if each.product_id == product_id), None)


@pytest.fixture
def account(store: MysqlStockStore, tmp_path: Path) -> Iterator[SharedAccount]:
    with serve(tmp_path / "stripe.db") as base_url:
        yield SharedAccount(store, base_url)


@pytest.mark.parametrize("one_by_one", [True, False], ids=["by webhook", "whole catalogue"])
@pytest.mark.parametrize("only_marked", [True, False], ids=["marked", "all"])
def test_a_menu_has_the_products_of_its_shop(
    account: SharedAccount, *, only_marked: bool, one_by_one: bool
) -> None:
    ours, plain = account.product(**OURS), account.product()
    anothers = account.product(**ANOTHERS)
    each = (ours, plain, anothers) if one_by_one else ()

    ignored = account.copy(*each, only_marked=only_marked)

    assert {ours, plain, anothers} & account.menu() == ({ours} if only_marked else {ours, plain})
    assert ignored == (2 if only_marked else 1)
    assert account.shown(anothers) is None
    assert account.telemetry.warnings == []


@pytest.mark.parametrize("one_by_one", [True, False], ids=["by webhook", "whole catalogue"])
@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("another-shop", "it is marked as another shop's"),
        ("", "it is not marked as this shop's"),
    ],
)
def test_a_product_that_loses_its_mark_leaves_the_menu_until_it_has_it_again(
    account: SharedAccount, mark: str, reason: str, *, one_by_one: bool
) -> None:
    product = account.product(**OURS)
    each = (product,) if one_by_one else ()
    account.copy(*each, only_marked=True)
    assert product in account.menu()

    account.mark(product, mark)
    for _ in range(2):
        account.copy(*each, only_marked=True)
        shown = account.shown(product)
        assert shown
        assert (shown.active, shown.unusable) == (False, reason)
    assert product not in account.menu()

    account.mark(product, STACK)
    account.copy(*each, only_marked=True)
    shown = account.shown(product)
    assert shown
    assert (shown.active, shown.unusable) == (True, None)
    assert account.telemetry.warnings == []
