"""List the products that a customer can order, now or after a pause."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.stock.model import StockItem
from gorder.stock.ports import StockStore, StockTransaction

LONGEST_MENU: Final = 500


@dataclass(frozen=True, slots=True)
class ListMenu:
    """List the products that can be ordered now, and those that are paused."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The products by position and name, and whether the whole shop is paused."""

    items: Sequence[StockItem]
    is_shop_paused: bool


@dataclass(frozen=True, slots=True)
class ListMenuHandler:
    """Reads the products of the menu and their units; holds nothing."""

    store: StockStore
    telemetry: Telemetry

    def __call__(self, _query: ListMenu) -> Menu:
        """Return the first 500 products. Log a warning if there are more.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        menu = self.store.run(_read)
        if len(menu.items) > LONGEST_MENU:
            self.telemetry.count("MenuCut")
            self.telemetry.warning("menu.cut", longest=LONGEST_MENU)
        return Menu(menu.items[:LONGEST_MENU], menu.is_shop_paused)


def _read(stock: StockTransaction) -> Menu:
    """Apply the pauses: an earlier release may have made a paused product active (ADR 25)."""
    pauses = stock.pauses()
    items = [
        replace(item, product=pauses.applied_to(item.product))
        for item in stock.menu(LONGEST_MENU + 1)
    ]
    return Menu(items, pauses.shop is not None)
