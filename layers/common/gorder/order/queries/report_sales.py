"""Sum the sales and refunds of a period for staff, in pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gorder.order.ports import OrderRepository
from gorder.order.records import OrderRecord
from gorder.order.sales import Period, Sales, utc_day

ORDERS_OF_A_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class ReportSales:
    """A request for the sales of a period on one day in UTC.

    `after` is the last order of the page before.
    """

    begin: datetime
    end: datetime
    after: str | None = None


@dataclass(frozen=True, slots=True)
class SalesPage:
    """The sums of a page. `next` is the `after` of the next page, if there is one."""

    sales: Sales
    unreadable: tuple[OrderRecord, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ReportSalesHandler:
    """Reads the orders that were paid or refunded on the day, along an index."""

    orders: OrderRepository

    def __call__(self, query: ReportSales) -> SalesPage:
        """Return the sums over at most 200 orders, each as it is stored now.

        The orders follow each other by their ids, so each one is in one page of the day, whatever
        changes meanwhile. One that cannot be read is returned and in no sum.

        Raises:
            OrderStoreUnavailableError: try again.
        """
        found = self.orders.list_money_day(utc_day(query.begin), ORDERS_OF_A_PAGE + 1, query.after)
        page = found[:ORDERS_OF_A_PAGE]
        sales = Sales(Period(query.begin, query.end))
        for record in page:
            if record.order:
                sales.add(record.order)
        return SalesPage(
            sales=sales,
            unreadable=tuple(record for record in page if record.order is None),
            next=page[-1].order_id if len(found) > ORDERS_OF_A_PAGE else None,
        )
