"""Hold the units of one or several orders."""

from collections.abc import Sequence

from gorder.contracts.stock import HoldRequest, ReserveStock, StockReserved
from gorder.stock import replies
from gorder.stock.model import Hold, Plan, Reservation, plan
from gorder.stock.ports import StockLock, StockStore, StockTransaction


class ReserveStockHandler:
    """Serves the holds in sequence, each all or none.

    A repeated hold gets its first answer, and is held until the later of both times.
    """

    def __init__(self, store: StockStore, lock: StockLock) -> None:
        self._store = store
        self._lock = lock

    def __call__(self, message: ReserveStock) -> StockReserved:
        """Reserve, or say why not.

        Raises:
            LockTimeoutError, StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        holds = [_wish(hold) for hold in message.holds]
        product_ids = {product_id for hold in holds for product_id in hold.quantities}
        with self._lock.held(product_ids):
            served = self._store.run(lambda stock: _serve(stock, holds, product_ids))
        return StockReserved(
            outcomes=tuple(
                replies.reserved(outcome)
                if isinstance(outcome, Reservation)
                else replies.refused(hold.order_id, outcome)
                for hold, outcome in zip(holds, served.outcomes, strict=True)
            )
        )


def _serve(stock: StockTransaction, holds: Sequence[Hold], product_ids: set[str]) -> Plan:
    # Units first: whoever sees units taken by a twin of this request then sees the twin's
    # reservation too, and gives its answer instead of "not enough".
    items = stock.items(product_ids)
    reservations = stock.reservations({hold.order_id for hold in holds})
    planned = plan(holds, items, reservations)
    if planned.new:
        stock.hold(planned.new)
    if planned.prolonged:
        stock.prolong(list(planned.prolonged.values()))
    return planned


def _wish(hold: HoldRequest) -> Hold:
    quantities: dict[str, int] = {}
    for line in hold.lines:
        quantities[line.product_id] = quantities.get(line.product_id, 0) + line.quantity
    return Hold(hold.order_id, quantities, hold.expires_at)
