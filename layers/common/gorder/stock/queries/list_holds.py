"""List the largest holds of unpaid orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gorder.stock.claims import OpenHold
from gorder.stock.ports import ClientClaims

MOST_HOLDS: Final = 100


@dataclass(frozen=True, slots=True)
class ListHolds:
    """List the largest holds of unpaid orders."""


@dataclass(frozen=True, slots=True)
class ListHoldsHandler:
    """Reads the holds; frees nothing."""

    claims: ClientClaims

    def __call__(self, _query: ListHolds) -> Sequence[OpenHold]:
        """Return the hundred holds with the most units, largest first.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.claims.largest_holds(MOST_HOLDS)
