"""Hold the units of orders of one client, within the limits of a client."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from gorder.errors import TransientError
from gorder.stock.claims import Client, ClientLimits
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold
from gorder.stock.ports import ClientClaims, Outcomes
from gorder.stock.refusals import StockRefusal


@dataclass(frozen=True, slots=True)
class ReserveForClient:
    """Hold the units of each order for a client."""

    client: Client
    holds: Sequence[Hold]


@dataclass(frozen=True, slots=True)
class ReserveForClientHandler:
    """Claims the units before it holds them, so a client beyond its limits never takes units.

    A claim counts as long as its units are held. One that is left behind by a process that ended,
    or by a failure, counts for a minute.
    """

    claims: ClientClaims
    reserve: ReserveStockHandler
    limits: ClientLimits

    def __call__(self, command: ReserveForClient) -> Outcomes:
        """Return one outcome per hold, in their sequence.

        Raises:
            QueueTimeoutError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        refusals = [self._claim(command.client, hold) for hold in command.holds]
        admitted = [h for h, refusal in zip(command.holds, refusals, strict=True) if not refusal]
        served = iter(self._reserve(command.client, admitted))
        return [refusal or next(served) for refusal in refusals]

    def _claim(self, client: Client, hold: Hold) -> StockRefusal | None:
        """Claim the units, or return why the client may not hold them."""
        refusal = self.limits.refusal(client, hold, self.claims.claim(client, hold))
        if refusal:
            self._withdraw(client, hold)
        return refusal

    def _reserve(self, client: Client, holds: Sequence[Hold]) -> Outcomes:
        if not holds:
            return []
        outcomes = self.reserve(ReserveStock(holds))
        for hold, outcome in zip(holds, outcomes, strict=True):
            if isinstance(outcome, StockRefusal):
                self._withdraw(client, hold)
        return outcomes

    def _withdraw(self, client: Client, hold: Hold) -> None:
        with suppress(TransientError):  # the claim counts for a minute then
            self.claims.withdraw(client, hold.order_id)
