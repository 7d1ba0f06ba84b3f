"""Hold the units of orders of one client, within the limits of a client."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from gorder.errors import TransientError
from gorder.stock.claims import Claimed, Client, ClientLimits
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold
from gorder.stock.ports import ClientClaims, Outcomes, StockContentionError
from gorder.stock.refusals import StockRefusal
from gorder.stock.reservation_plan import ReserveOutcome, plan


@dataclass(frozen=True, slots=True)
class ReserveForClient:
    """Hold the units of each order for a client."""

    client: Client
    holds: Sequence[Hold]


@dataclass(frozen=True, slots=True)
class ReserveForClientHandler:
    """Claims units before it holds them, so a client beyond its limits never takes units.

    A claim counts as long as its order is held. One that a process left behind when it ended, or
    that a failure left, counts for a minute.
    """

    claims: ClientClaims
    reserve: ReserveStockHandler
    limits: ClientLimits

    def __call__(self, command: ReserveForClient) -> Outcomes:
        """Return one outcome per hold, in their sequence.

        Raises:
            StockContentionError: it depends on requests of the same address that are under way
                whether the client is within its limits; or as of `ReserveStockHandler`.
            QueueTimeoutError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return [self._serve(command.client, hold) for hold in command.holds]

    def _serve(self, client: Client, hold: Hold) -> ReserveOutcome:
        claimed = self.claims.claim(client, hold, self.limits)
        if claimed.claim_id is None and not claimed.is_reserved:
            return self._refusal(hold, claimed)
        [outcome] = self.reserve(ReserveStock([hold]))
        if claimed.claim_id and isinstance(outcome, StockRefusal):
            with suppress(TransientError):  # the claim counts for a minute then
                self.claims.withdraw(client, claimed.claim_id)
        return outcome

    def _refusal(self, hold: Hold, claimed: Claimed) -> StockRefusal:
        """Return why the units are not claimed: what the stock lacks first, then the limits.

        Raises:
            StockContentionError: only requests under way stand against it.
        """
        [outcome] = plan([hold], claimed.items, {}).outcomes
        if isinstance(outcome, StockRefusal):
            return outcome
        if refusal := self.limits.refusal(hold, claimed.held, claimed.items):
            return refusal
        raise StockContentionError(
            "other requests of the same client are under way; repeat the request"
        )
