"""Stop selling a product, or all of them, for a while."""

from dataclasses import dataclass

from gorder.stock.menu_change import MenuChange, MenuChanged, pause_of, products_of
from gorder.stock.ports import StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class PauseMenu(MenuChange):
    """Pause a product, or the whole shop if `product_id` is None."""


@dataclass(frozen=True, slots=True)
class PauseMenuHandler:
    """Pauses until `ResumeMenu`. Orders that hold or have bought units go on.

    A second pause changes nothing: the first one keeps its time and its words. Products that an
    older release has made active meanwhile become inactive again.
    """

    store: StockStore

    def __call__(self, command: PauseMenu) -> MenuChanged:
        """Record the pause and make its products inactive.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: _pause(stock, command))


def _pause(stock: StockTransaction, command: PauseMenu) -> MenuChanged:
    stock.lock_catalogue()
    stored = products_of(stock, command.product_id)
    begins = pause_of(stock.pauses(), command.product_id) is None
    if begins:
        stock.pause(command.product_id, command.by, command.reason)
    pauses = stock.pauses()
    paused = [pauses.applied_to(product) for product in stored]
    if stale := [product for product in paused if product not in stored]:
        stock.save_products(stale)
    return MenuChanged(begins, pause_of(pauses, command.product_id), paused)
