"""Copy the whole catalogue from its source."""

from dataclasses import dataclass

from gorder.stock.catalogue import UnusableProduct, stale_products
from gorder.stock.ports import ProductSource, StockStore, StockTransaction


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
    stock.save_products(stale)  # adds missing rows of `stock` even if no product differs
    return CatalogueSynced(
        total=len(snapshot.products),
        saved=tuple(product.product_id for product in stale),
        unusable=snapshot.unusable,
        ignored=len(snapshot.others),
    )
