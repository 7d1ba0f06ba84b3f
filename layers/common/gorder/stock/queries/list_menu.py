"""List the products that can be ordered now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.stock.model import StockItem
from gorder.stock.ports import StockStore

LONGEST_MENU: Final = 500


@dataclass(frozen=True, slots=True)
class ListMenu:
    """List the products that can be ordered now."""


@dataclass(frozen=True, slots=True)
class ListMenuHandler:
    """Reads the active products and their units; holds nothing."""

    store: StockStore
    telemetry: Telemetry

    def __call__(self, _query: ListMenu) -> Sequence[StockItem]:
        """Return the active products by name: the first 500. Log a warning if there are more.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        items = self.store.run(lambda stock: stock.menu(LONGEST_MENU + 1))
        if len(items) > LONGEST_MENU:
            self.telemetry.count("MenuCut")
            self.telemetry.warning("menu.cut", longest=LONGEST_MENU)
        return items[:LONGEST_MENU]
