"""Copy the whole catalogue from its source."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gorder.stock.model import Product
from gorder.stock.pauses import Pauses
from gorder.stock.ports import (
    CatalogueSnapshot,
    ProductSource,
    StockStore,
    StockTransaction,
    UnusableProduct,
)


@dataclass(frozen=True, slots=True)
class SyncCatalogue:
    """Copy the whole catalogue from its source."""


@dataclass(frozen=True, slots=True)
class CatalogueSynced:
    """The number of products, the ids of those saved, and those that cannot be ordered.

    `ignored` is the number of products of other shops. Products that are paused are not listed.
    """

    total: int
    saved: tuple[str, ...]
    unusable: tuple[UnusableProduct, ...]
    ignored: int


@dataclass(frozen=True, slots=True)
class SyncCatalogueHandler:
    """Copies every product. A second run changes nothing; concurrent runs wait for each other."""

    store: StockStore
    source: ProductSource

    def __call__(self, _command: SyncCatalogue) -> CatalogueSynced:
        """Save the products that differ; keep one that is gone or another shop's, inactive.

        Raises:
            CatalogueSourceError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(self._sync)

    def _sync(self, stock: StockTransaction) -> CatalogueSynced:
        stock.lock_catalogue()  # before reading the source, or an older snapshot could win
        return copy_catalogue(stock, self.source)


def copy_catalogue(stock: StockTransaction, source: ProductSource) -> CatalogueSynced:
    """Copy every product, under `lock_catalogue`. Raises CatalogueSourceError."""
    snapshot = source.products()
    stored = (item.product for item in stock.all_items())
    stale = stale_products(stored, snapshot, stock.pauses())
    if stale:
        stock.save_products(stale)
    return CatalogueSynced(
        total=len(snapshot.products),
        saved=tuple(product.product_id for product in stale),
        unusable=snapshot.unusable,
        ignored=len(snapshot.others),
    )


def stale_products(
    stored: Iterable[Product], source: CatalogueSnapshot, pauses: Pauses
) -> list[Product]:
    """Return the products to save: those that differ, and those to deactivate."""
    known = {product.product_id: product for product in stored}
    present = {product.product_id for product in source.products}
    gone = [
        replace(product, active=False, unusable_reason=source.others.get(product.product_id))
        for product in known.values()
        if product.product_id not in present
    ]
    wanted = map(pauses.applied_to, [*source.products, *gone])
    return [each for each in wanted if known.get(each.product_id) != each]
