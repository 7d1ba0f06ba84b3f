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
    """Claims the units before it holds them, so a client beyond its limits never takes units.

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
        claimed = self.claims.claim(client, hold)
        outcome = self._refusal(client, hold, claimed) or self._reserve(hold)
        if isinstance(outcome, StockRefusal):
            self._withdraw(client, claimed)
        return outcome

    def _refusal(self, client: Client, hold: Hold, claimed: Claimed) -> StockRefusal | None:
        """Return why the units cannot be held: what the stock lacks first, then the limits."""
        if claimed.is_reserved:
            return None
        [outcome] = plan([hold], claimed.items, {}).outcomes
        if isinstance(outcome, StockRefusal):
            return outcome
        if refusal := self.limits.refusal(hold, claimed.held, claimed.items):
            return refusal
        if self.limits.refusal(hold, claimed.held.plus(claimed.in_flight), claimed.items):
            self._withdraw(client, claimed)
            raise StockContentionError(
                "other requests of the same client are under way; repeat the request"
            )
        return None

    def _reserve(self, hold: Hold) -> ReserveOutcome:
        [outcome] = self.reserve(ReserveStock([hold]))
        return outcome

    def _withdraw(self, client: Client, claimed: Claimed) -> None:
        with suppress(TransientError):  # the claim counts for a minute then
            self.claims.withdraw(client, claimed.claim_id)
