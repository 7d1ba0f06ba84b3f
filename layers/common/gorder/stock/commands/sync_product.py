"""Bring one product of the catalogue to what its source says now."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.stock.commands.sync_catalogue import changes
from gorder.stock.ports import Listing, ProductSource, StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class SyncProduct:
    """The source says that this product, or a price of it, is another."""

    product_id: str


class SyncProductHandler:
    """Copies the product as it is now: told late, twice or out of order, it comes out the same."""

    def __init__(self, store: StockStore, source: ProductSource, telemetry: Telemetry) -> None:
        self._store = store
        self._source = source
        self._telemetry = telemetry

    def __call__(self, message: SyncProduct) -> None:
        """Save what differs; a product gone from the source is kept, inactive.

        Raises:
            CatalogueSourceError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        listing = self._store.run(lambda stock: self._sync(stock, message.product_id))
        for unusable in listing.unusable:
            self._telemetry.count("ProductUnusable")
            self._telemetry.warning(
                "catalogue.unusable", product_id=unusable.product_id, reason=unusable.reason
            )

    def _sync(self, stock: StockTransaction, product_id: str) -> Listing:
        stock.lock_catalogue()  # before reading the source, or an old answer could win
        listing = self._source.product(product_id)
        kept = stock.items([product_id]).values()
        if stale := changes((item.product for item in kept), listing.products):
            stock.save_products(stale)
        return listing
