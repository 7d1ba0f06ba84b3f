"""The ports through which the stock is audited, and old movements are archived."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gorder.stock.archive import ArchivedBatch, ArchivePlace
from gorder.stock.audit import AddedUp, Balance, LedgerOrder, Sums


class StockLedger(Protocol):
    """Reads what must agree, in pages, and keeps how far audits have come.

    A checkpoint adds up the oldest movements. Orders that may contradict themselves are kept as
    suspects. Every method is a transaction, and raises what the methods of `StockStore` raise.
    """

    def advance(self, limit: int, age: timedelta) -> bool:
        """Move the checkpoint over the next movements, and keep their suspect orders.

        Movements that are not older than `age`, and those after them, are left.

        Returns whether there may be more to move over.

        Raises:
            StockContentionError: a transaction older than `age` has not ended, or another audit
                moves the checkpoint.
        """
        ...

    def suspect_recent(self, after: int | None, limit: int) -> int | None:
        """Keep the suspects among orders that moved after the checkpoint, or after that movement.

        Returns the last of the `limit` movements that were read, or None if there are no more.
        """
        ...

    def suspect_held(self) -> None:
        """Keep the suspects among orders that hold units."""
        ...

    def suspect_any(self, limit: int) -> bool:
        """Keep the suspects among the next orders by id, from where the last call ended.

        Returns whether there are more orders; if not, the next call starts with the first.
        """
        ...

    def suspects(self, limit: int) -> Sequence[LedgerOrder]:
        """Return the suspects as they are now."""
        ...

    def acquit(self, order_ids: Collection[str]) -> None:
        """Forget suspects."""
        ...

    def balances(self) -> Sequence[Balance]:
        """Return at least those products whose units differ from what they must be.

        Products with movements or reservations of a later release are left out.
        """
        ...

    def add_up(self, before: AddedUp | None, limit: int) -> AddedUp:
        """Return the sums with those of the next movements before the checkpoint and next orders.

        Without `before` they are the first, and the sums have the archived movements.
        """
        ...

    def replace_checkpoint(self, added_up: AddedUp) -> tuple[Sums, Sums] | None:
        """Replace the sums of the checkpoint by those of all movements before it.

        `added_up` has them up to its last movement, and the archived ones. Those of a product whose
        archive contradicts the lines are left. Returns the sums before and after; None, and nothing
        is replaced, if movements were repaired or archived since they were read.
        """
        ...


class StockArchive(Protocol):
    """Deletes old movements and keeps their sums."""

    def archive(self, before: datetime, after: ArchivePlace | None, limit: int) -> ArchivedBatch:
        """Archive the orders of the next movements that were settled before that time.

        In one transaction, the movements that `kinds_to_archive` names are deleted, their sums are
        kept, and the reservation keeps their kinds. They are behind the checkpoint. Suspects and
        orders with a movement that staff have signed are left as they are.

        Args:
            before: the first time that is too late.
            after: where the batch before ended.
            limit: how many movements are looked at.

        Raises what the methods of `StockStore` raise.
        """
        ...
