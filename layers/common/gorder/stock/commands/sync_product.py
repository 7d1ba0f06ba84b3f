"""Copy one product of the catalogue from its source."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.stock.catalogue import CatalogueSnapshot, stale_products
from gorder.stock.ports import ProductSource, StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class SyncProduct:
    """Copy this product because it, or its price, has changed."""

    product_id: str


@dataclass(frozen=True, slots=True)
class SyncProductHandler:
    """Copies a product's present state. Late, repeated and reordered commands have one result."""

    store: StockStore
    source: ProductSource
    telemetry: Telemetry

    def __call__(self, command: SyncProduct) -> None:
        """Save the product if it differs; keep one that is gone or another shop's, inactive.

        Raises:
            CatalogueSourceError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        snapshot = self.store.run(lambda stock: self._sync(stock, command.product_id))
        if snapshot.others:
            self.telemetry.count("ProductIgnored")
        for unusable in snapshot.unusable:
            self.telemetry.count("ProductUnusable")
            self.telemetry.warning(
                "catalogue.unusable", product_id=unusable.product_id, reason=unusable.reason
            )

    def _sync(self, stock: StockTransaction, product_id: str) -> CatalogueSnapshot:
        stock.lock_catalogue()  # before reading the source, or an older snapshot could win
        return copy_product(stock, self.source, product_id)


def copy_product(
    stock: StockTransaction, source: ProductSource, product_id: str
) -> CatalogueSnapshot:
    """Copy one product, under `lock_catalogue`, and return what was read.

    Raises:
        CatalogueSourceError: the source did not answer.
    """
    snapshot = source.product(product_id)
    stored = (item.product for item in stock.items([product_id]).values())
    if stale := stale_products(stored, snapshot, stock.pauses()):
        stock.save_products(stale)
    return snapshot
