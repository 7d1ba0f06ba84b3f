"""Sell a paused product, or everything in a paused shop, again."""

from dataclasses import dataclass

from gorder.stock.commands.sync_catalogue import copy_catalogue
from gorder.stock.commands.sync_product import copy_product
from gorder.stock.menu_change import MenuChange, MenuChanged, pause_of, products_of
from gorder.stock.ports import ProductSource, StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class ResumeMenu(MenuChange):
    """End the pause of a product, or of the whole shop if `product_id` is None."""


@dataclass(frozen=True, slots=True)
class ResumeMenuHandler:
    """Ends a pause, and copies its products as their source has them now.

    So a product that was archived during the pause stays inactive, and one with a pause of its own
    stays paused when the shop resumes. Without a pause nothing is changed.
    """

    store: StockStore
    source: ProductSource

    def __call__(self, command: ResumeMenu) -> MenuChanged:
        """Record the end of the pause and copy the products.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            CatalogueSourceError: the source is down; the pause goes on, repeat the request.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: self._resume(stock, command))

    def _resume(self, stock: StockTransaction, command: ResumeMenu) -> MenuChanged:
        product_id = command.product_id
        stock.lock_catalogue()
        stored = products_of(stock, product_id)
        if pause_of(stock.pauses(), product_id) is None:
            return MenuChanged(changed=False, pause=None, products=stored)
        stock.resume(product_id, command.by, command.reason)
        if product_id is None:
            copy_catalogue(stock, self.source)
        else:
            copy_product(stock, self.source, product_id)
        return MenuChanged(changed=True, pause=None, products=products_of(stock, product_id))
