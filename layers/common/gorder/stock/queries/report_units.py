"""Sum the units that came back or were wasted in a period, by product."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gorder.stock.model import BookedUnits
from gorder.stock.ports import StockStore

_RETURNED: Final = ("returned", "restocked")
_WASTED: Final = ("wasted", "discarded")
MAX_REASONS: Final = 20


@dataclass(frozen=True, slots=True)
class ReportUnits:
    """Report the units that were moved from `begin` until before `end`."""

    begin: datetime
    end: datetime


@dataclass(slots=True)
class ProductUnits:
    """The units of a product. `reasons` are those for which staff have wasted some."""

    product_id: str
    name: str
    returned: int = 0
    wasted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class ReportUnitsHandler:
    """Reads the sums in one statement, along an index."""

    store: StockStore

    def __call__(self, query: ReportUnits) -> list[ProductUnits]:
        """Return the products of which units came back or were wasted, by id.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        kinds = (*_RETURNED, *_WASTED)
        booked = self.store.run(lambda stock: stock.booked_units(kinds, query.begin, query.end))
        return _by_product(booked)


def _by_product(booked: Iterable[BookedUnits]) -> list[ProductUnits]:
    products: dict[str, ProductUnits] = {}
    for each in booked:
        product = products.setdefault(each.product_id, ProductUnits(each.product_id, each.name))
        if each.kind in _RETURNED:
            product.returned += each.quantity
            continue
        product.wasted += each.quantity
        if each.reason is not None:
            product.reasons[each.reason] += each.quantity
    return [products[product_id] for product_id in sorted(products)]
