"""Measure the share of the stock that unpaid orders hold."""

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
    """Measures holds. Of a product with fewer than ten units on hand, ten count."""

    store: StockStore

    def __call__(self, _query: MeasureHolds) -> float:
        """Return the largest share of a product's units that is held, in percent.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        items = self.store.run(lambda stock: stock.all_items())
        return max(map(_held_percent, items), default=0.0)


def _held_percent(item: StockItem) -> float:
    return 100 * item.held / max(item.on_hand, _FEW_UNITS)
