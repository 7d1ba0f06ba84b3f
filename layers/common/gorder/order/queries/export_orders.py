"""Return whole orders for a program that writes them to a file, oldest first."""

from dataclasses import dataclass

from gorder.order.ports import OrderRepository
from gorder.order.records import OrderFilter, OrderRecord


@dataclass(frozen=True, slots=True)
class ExportOrders:
    """A request for `limit` orders, those that follow the order `after` in the export."""

    wanted: OrderFilter
    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Orders, oldest first. `has_more`: others follow them."""

    records: tuple[OrderRecord, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ExportOrdersHandler:
    """Reads a page along an index, and no stock."""

    orders: OrderRepository

    def __call__(self, query: ExportOrders) -> ExportPage:
        """Return the page. An order that cannot be read is in it like any other one.

        Raises:
            OrderNotListed: there is no order `after`.
            OrderStoreUnavailableError: try again.
        """
        found = self.orders.list_placed(
            query.wanted, query.limit + 1, query.after, oldest_first=True
        )
        return ExportPage(tuple(found[: query.limit]), has_more=len(found) > query.limit)
