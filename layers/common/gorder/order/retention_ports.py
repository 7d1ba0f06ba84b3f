"""The ports through which retention finds old orders, and forgets their repairs."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gorder.order.retention import RepairedOrders, RetentionProgress, UnchangedOrder


class OrdersByAge(Protocol):
    """Lists orders by their last write. Every method raises what `OrderRepository` raises."""

    def unchanged(
        self, since: datetime | None, before: datetime, limit: int
    ) -> list[UnchangedOrder]:
        """Return orders that were last written from `since` until before `before`, oldest first.

        An order need not be readable.
        """
        ...

    def unchanged_among(self, order_ids: Collection[str], before: datetime) -> list[str]:
        """Return those of the orders that were last written before that time."""
        ...

    def progress(self) -> RetentionProgress:
        """Return how far retention has come."""
        ...

    def keep_progress(self, reached: RetentionProgress) -> None:
        """Save how far retention has come."""
        ...


class RecordOfRepairs(Protocol):
    """What is kept of the repairs of orders. It raises what `OrderRepository` raises."""

    def forget(self, order_id: str) -> None:
        """Remove the documents, the changes and the reasons of an order's repairs.

        Who has repaired it, and when, is kept. Can be repeated.
        """
        ...

    def repaired(self, after: str | None, limit: int) -> RepairedOrders:
        """Return the orders of the next repairs by id, those of `limit` repairs at most.

        `after`: the repair that they follow.
        """
        ...
