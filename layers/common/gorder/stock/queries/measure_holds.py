"""Measure the share of the stock that unpaid orders hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gorder.stock.model import StockItem
from gorder.stock.ports import StockStore

_FEW_UNITS: Final = 10  # so that some abandoned orders of the last units do not look like an attack


@dataclass(frozen=True, slots=True)
class MeasureHolds:
    """Measure the share of the stock that unpaid orders hold."""


@dataclass(frozen=True, slots=True)
class MeasureHoldsHandler:
    """Measures holds. Where there are fewer than ten units on hand, ten count."""

    store: StockStore

    def __call__(self, _query: MeasureHolds) -> float:
        """Return the share of a product's units that is held, of the product where it is largest.

        That of all products together counts too, if it is larger. In percent.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        items = self.store.run(lambda stock: stock.all_items())
        return max([_held_percent(items), *(_held_percent([item]) for item in items)])


def _held_percent(items: Sequence[StockItem]) -> float:
    on_hand = sum(item.on_hand for item in items)
    return 100 * sum(item.held for item in items) / max(on_hand, _FEW_UNITS)
