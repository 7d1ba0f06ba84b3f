"""Bring the catalogue to what its source says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gorder.stock.model import Product
from gorder.stock.ports import ProductSource, StockStore, StockTransaction, Unusable


@dataclass(frozen=True, slots=True)
class SyncCatalogue:
    """The catalogue may differ from what its source says."""


@dataclass(frozen=True, slots=True)
class CatalogueSynced:
    """What a synchronisation did: products by id, and those that cannot be ordered, with why."""

    total: int
    saved: tuple[str, ...]
    unusable: tuple[Unusable, ...]


class SyncCatalogueHandler:
    """Copies the whole catalogue. A second run changes nothing; two at once take turns."""

    def __init__(self, store: StockStore, source: ProductSource) -> None:
        self._store = store
        self._source = source

    def __call__(self, _message: SyncCatalogue) -> CatalogueSynced:
        """Save what differs; a product gone from the source is kept, inactive.

        Raises:
            CatalogueSourceError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self._store.run(self._sync)

    def _sync(self, stock: StockTransaction) -> CatalogueSynced:
        stock.lock_catalogue()  # before reading the source, or an old listing could win
        listing = self._source.products()
        stale = changes(
            (item.product for item in stock.every_item()),
            listing.products,
        )
        if stale:
            stock.save_products(stale)
        return CatalogueSynced(
            total=len(listing.products),
            saved=tuple(product.product_id for product in stale),
            unusable=listing.unusable,
        )


def changes(kept: Iterable[Product], listed: Sequence[Product]) -> list[Product]:
    """What must be saved so that the kept products are the listed ones, the others inactive."""
    known = {product.product_id: product for product in kept}
    present = {product.product_id for product in listed}
    different = [product for product in listed if known.get(product.product_id) != product]
    gone = [
        replace(product, active=False, unusable=None)
        for product in known.values()
        if product.active and product.product_id not in present
    ]
    return different + gone
