"""What can be ordered now."""

from typing import Final

from gorder.contracts.stock import ListMenu, MenuListed
from gorder.contracts.telemetry import Telemetry
from gorder.stock.ports import StockStore
from gorder.stock.replies import availability

LONGEST_MENU: Final = 500


class ListMenuHandler:
    """Reads the active products and their units; holds nothing."""

    def __init__(self, store: StockStore, telemetry: Telemetry) -> None:
        self._store = store
        self._telemetry = telemetry

    def __call__(self, _message: ListMenu) -> MenuListed:
        """Answer by name, 500 products at most; a longer menu is cut, and told.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        items = self._store.run(lambda stock: stock.menu(LONGEST_MENU + 1))
        if len(items) > LONGEST_MENU:
            self._telemetry.count("MenuCut")
            self._telemetry.warning("menu.cut", longest=LONGEST_MENU)
        shown = items[:LONGEST_MENU]
        return MenuListed(products=tuple(a for item in shown if (a := availability(item))))
