"""Settle overdue holds, so that no hold lasts longer than the time to pay of its order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.settle_stock import settle_stock
from gorder.order.ports import Clock, OrderMissingError, OrderRepository, StockClient
from gorder.order.status import LaterStatus

_GRACE = timedelta(minutes=10)  # longer than a request that may still save its order


@dataclass(frozen=True, slots=True)
class SettleHolds:
    """A request to settle overdue holds."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class SettleHoldsHandler:
    """Settles overdue holds. Each step is idempotent; a hold extended meanwhile is kept."""

    orders: OrderRepository
    stock: StockClient
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: SettleHolds) -> None:
        """Settle the longest overdue holds, for a minute at most.

        Raises:
            StockUnavailableError: the overdue holds could not be read.
        """
        before = self.clock() - _GRACE
        process_independently(
            lambda limit: self.stock.overdue(before, limit, command.trace_id),
            lambda order_id: self._settle(order_id, before, command.trace_id),
            self.telemetry,
            self.clock,
        )

    def _settle(self, order_id: str, before: datetime, trace_id: str) -> None:
        """Extend the hold of an open order; settle every other one by the order's status."""
        self.telemetry.bind(order_id, trace_id)
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            self.telemetry.count("OrphanFreed")
            self.stock.release(order_id, trace_id, before)
            return
        if order.is_closed:
            self.stock.release(order_id, order.trace_id, before)
        elif order.is_open or isinstance(order.status, LaterStatus):
            # At least until now: otherwise it stays the longest overdue and comes first again.
            until = max(order.checkout.expires_at, self.clock())
            self.stock.reserve(order_id, order.quantities, until, order.trace_id)
        else:
            settle_stock(self.stock, order)
