"""Delete the hashes of clients of earlier days."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gorder.stock.ports import ClientClaims

_KEPT: Final = timedelta(days=2)  # longer than an order can be paid


@dataclass(frozen=True, slots=True)
class ForgetClients:
    """Delete the hashes of clients of earlier days."""


@dataclass(frozen=True, slots=True)
class ForgetClientsHandler:
    """Deletes what clients claimed more than two days ago. Repeated, it continues."""

    claims: ClientClaims

    def __call__(self, _command: ForgetClients) -> None:
        """Delete some thousand rows at most.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        self.claims.forget(_KEPT)
