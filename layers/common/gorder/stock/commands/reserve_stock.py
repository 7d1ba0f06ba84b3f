"""Hold the units of one or several orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

from gorder.stock.model import Hold
from gorder.stock.ports import (
    Contended,
    Held,
    NotHeld,
    Outcomes,
    ReservationQueue,
    StockStore,
    StockTransaction,
)
from gorder.stock.reservation_plan import ReservationPlan, plan

_QUEUES: Final = 2
"""How often a request joins a queue before it waits at the store."""


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Hold the units of each order."""

    holds: Sequence[Hold]


@dataclass(frozen=True, slots=True)
class ReserveStockHandler:
    """Serves the holds in the given sequence, each completely or not at all.

    A repeated hold gets its first outcome and is held until the later of both times.

    A request that meets no other and needs no decision takes one round trip to the store. Requests
    that meet at a product are queued and served in batches.
    """

    store: StockStore
    queue: ReservationQueue

    def __call__(self, command: ReserveStock) -> Outcomes:
        """Return one outcome per hold, in their sequence.

        Raises:
            QueueTimeoutError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        product_ids = {product_id for hold in command.holds for product_id in hold.quantities}
        product_id = self.queue.contended_product(product_ids)
        for _ in range(_QUEUES):
            if product_id is None:
                attempt = self.store.try_hold(command.holds, wait=False)
                if not isinstance(attempt, Contended):
                    return self._decide(command.holds, attempt)
                # Those that were locked may be free by now, and then none is named.
                product_id = min(attempt.product_ids or product_ids)
            outcomes = self.queue.reserve(product_id, command.holds, self._serve)
            if outcomes is not None:
                return outcomes
            product_id = None
        return self._serve(command.holds)

    def _serve(self, holds: Sequence[Hold]) -> Outcomes:
        return self._decide(holds, self.store.try_hold(holds, wait=True))

    def _decide(self, holds: Sequence[Hold], attempt: Held | NotHeld | Contended) -> Outcomes:
        if isinstance(attempt, Held):
            return attempt.reservations
        if isinstance(attempt, NotHeld):
            planned = plan(holds, attempt.items, attempt.reservations)
            if not (planned.new or planned.extended):
                return planned.outcomes
            return self._write(holds, lock=planned.takes_last_units)
        return self._write(holds, lock=False)

    def _write(self, holds: Sequence[Hold], *, lock: bool) -> Outcomes:
        """Decide and write in one transaction.

        `lock` locks the units in the first attempt. Each later one locks them too. Without a lock,
        requests that find the row free take the last units between the reading and the writing, and
        a batch loses race after race.
        """
        locks = chain([lock], repeat(True))
        return self.store.run(lambda stock: _reserve(stock, holds, lock=next(locks))).outcomes


def _reserve(stock: StockTransaction, holds: Sequence[Hold], *, lock: bool) -> ReservationPlan:
    # Read the units before the reservations. A request that sees units taken by its own repetition
    # then sees that reservation too, and returns its outcome instead of "not enough".
    product_ids = {product_id for hold in holds for product_id in hold.quantities}
    items = stock.items(product_ids, lock=lock)
    reservations = stock.reservations({hold.order_id for hold in holds})
    planned = plan(holds, items, reservations)
    if planned.new:
        stock.hold(planned.new)
    if planned.extended:
        stock.extend(list(planned.extended.values()))
    return planned
