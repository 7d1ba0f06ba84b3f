"""Delete the hashes of clients whose claims do not count any more."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gorder.stock.ports import ClientClaims

KEPT: Final = timedelta(hours=1)
_BATCHES: Final = 100  # the next run continues


@dataclass(frozen=True, slots=True)
class ForgetClients:
    """Delete the hashes of clients whose claims do not count any more."""


@dataclass(frozen=True, slots=True)
class ForgetClientsHandler:
    """Deletes claims of orders that are not held, an hour after they were made."""

    claims: ClientClaims

    def __call__(self, _command: ForgetClients) -> None:
        """Delete in batches until there are no more: half a million claims at most.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient; the next run continues.
            StockStoreError: a defect.
        """
        for _ in range(_BATCHES):
            if not self.claims.forget(KEPT):
                return
