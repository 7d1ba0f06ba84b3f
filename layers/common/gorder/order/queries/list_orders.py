"""List orders for staff, newest first."""

from dataclasses import dataclass

from gorder.order.ports import Clock, OrderRepository
from gorder.order.records import OrderFilter, OrderRecord


@dataclass(frozen=True, slots=True)
class ListOrders:
    """A request of staff for `limit` orders, those that follow the order `after` in the list.

    `stuck`: only orders that staff should look at.
    """

    wanted: OrderFilter
    limit: int
    after: str | None = None
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order, and why staff should look at it, if they should."""

    record: OrderRecord
    stuck: str | None


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders, newest first, and the `after` of the next page, if there is one."""

    orders: tuple[ListedOrder, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ListOrdersHandler:
    """Reads a page along an index."""

    orders: OrderRepository
    clock: Clock

    def __call__(self, query: ListOrders) -> OrdersPage:
        """Return the page. An order that cannot be read is listed like any other one.

        Raises:
            OrderNotListed: there is no order `after`.
            OrderStoreUnavailableError: try again.
        """
        now = self.clock()
        if query.stuck:
            found = self.orders.list_stuck(query.wanted, now, query.limit + 1, query.after)
        else:
            found = self.orders.list_placed(query.wanted, query.limit + 1, query.after)
        page = found[: query.limit]
        return OrdersPage(
            orders=tuple(ListedOrder(record, record.stuck_reason(now)) for record in page),
            next=page[-1].order_id if len(found) > query.limit else None,
        )
