"""Settle overdue holds: extend those of open orders, release those without an order.

The first hold of an order is short, so an order that is not paid soon has its hold extended here,
once, until its time to pay ends. If the sweep is late, holds of both kinds last longer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.process_independently import process_independently
from gorder.order.commands.settle_stock import settle_stock
from gorder.order.errors import OrderUnreadableError
from gorder.order.holds import GRACE
from gorder.order.model import Order
from gorder.order.ports import Clock, OrderRepository, StockClient
from gorder.order.status import LaterStatus
from gorder.order.stock_errors import ReservationDiffersError, ReservationReleasedError
from gorder.order.store_errors import OrderMissingError

_DEFECTS_OF_AN_ORDER: Final = (OrderUnreadableError, ReservationDiffersError)


@dataclass(frozen=True, slots=True)
class SettleHolds:
    """A request to settle overdue holds."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class SettleHoldsHandler:
    """Settles overdue holds. Each step is idempotent; a hold extended meanwhile is kept.

    A hold that cannot be settled because of its order is released: it has ended, and the stock
    service would list it first for ever. If the order is paid after all, its units are taken again,
    or the payment is refunded. Any other failure, such as a wrong setting, leaves the hold.
    """

    orders: OrderRepository
    stock: StockClient
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: SettleHolds) -> None:
        """Settle the longest overdue holds, for 40 seconds at most.

        Raises:
            StockUnavailableError: the overdue holds could not be read.
        """
        before = self.clock() - GRACE

        def settle(order_id: str) -> None:
            self.telemetry.bind(order_id, command.trace_id)
            try:
                self._settle(order_id, before, command.trace_id)
            except _DEFECTS_OF_AN_ORDER:
                self.stock.release(order_id, command.trace_id, before)
                raise

        process_independently(
            lambda limit: self.stock.overdue(before, limit, command.trace_id),
            settle,
            _leave,
            self.telemetry,
            self.clock,
        )

    def _settle(self, order_id: str, before: datetime, trace_id: str) -> None:
        """Extend the hold of an open order; settle every other one by the order's status."""
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            self.telemetry.count("OrphanFreed")
            self.stock.release(order_id, trace_id, before)
            return
        if order.is_closed:
            self.stock.release(order_id, order.trace_id, before)
        elif order.is_open or isinstance(order.status, LaterStatus):
            self._extend(order)
        else:
            settle_stock(self.stock, order)

    def _extend(self, order: Order) -> None:
        """Extend the hold, at least until now: otherwise it would be listed first again."""
        until = max(order.checkout.expires_at, self.clock())
        try:
            self.stock.reserve(order.order_id, order.quantities, until, order.trace_id)
        except ReservationReleasedError:
            return  # the order was closed or refunded after it was read


def _leave(_order_id: str) -> None:
    """Leave a hold that failed: what failed concerns all holds."""
