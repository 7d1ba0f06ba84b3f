"""The queue of a contended product, in memory."""

from collections.abc import Iterable, Sequence

from gorder.stock.model import Hold
from gorder.stock.ports import Outcomes, Reserve


class MemoryQueue:
    """A `ReservationQueue` for one thread: each batch is one request.

    `remembered` are contended products. The next `leaves` requests leave the queue unserved.
    """

    def __init__(self) -> None:
        self.queued: list[str] = []
        self.remembered: set[str] = set()
        self.leaves = 0

    def contended_product(self, product_ids: Iterable[str]) -> str | None:
        return min(self.remembered.intersection(product_ids), default=None)

    def reserve(self, product_id: str, holds: Sequence[Hold], serve: Reserve) -> Outcomes | None:
        self.queued.append(product_id)
        if self.leaves:
            self.leaves -= 1
            return None
        return serve(holds)
