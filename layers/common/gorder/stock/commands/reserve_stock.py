"""Hold the units of one or several orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.stock.model import Hold
from gorder.stock.ports import StockLock, StockStore, StockTransaction
from gorder.stock.reservation_plan import ReservationPlan, ReserveOutcome, plan


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Hold the units of each order."""

    holds: Sequence[Hold]


@dataclass(frozen=True, slots=True)
class ReserveStockHandler:
    """Serves the holds in the given sequence, each completely or not at all.

    A repeated hold gets its first outcome and is held until the later of both times.
    """

    store: StockStore
    lock: StockLock

    def __call__(self, command: ReserveStock) -> Sequence[ReserveOutcome]:
        """Return one outcome per hold, in their sequence.

        Raises:
            LockTimeoutError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        product_ids = {product_id for hold in command.holds for product_id in hold.quantities}
        with self.lock.held(product_ids):
            planned = self.store.run(lambda stock: _reserve(stock, command.holds, product_ids))
        return planned.outcomes


def _reserve(
    stock: StockTransaction, holds: Sequence[Hold], product_ids: set[str]
) -> ReservationPlan:
    # Read the units before the reservations. A request that sees units taken by its own repetition
    # then sees that reservation too, and returns its outcome instead of "not enough".
    items = stock.items(product_ids)
    reservations = stock.reservations({hold.order_id for hold in holds})
    planned = plan(holds, items, reservations)
    if planned.new:
        stock.hold(planned.new)
    if planned.extended:
        stock.extend(list(planned.extended.values()))
    return planned
