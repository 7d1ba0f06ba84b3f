"""Answer the request for a report, page by page."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from gorder.contracts.back_office_report import DayReportedBody, ReportDayRequest
from gorder.order.queries.report_sales import ReportSales, SalesPage
from gorder.order.report_replies import sales_reported
from gorder.runtime.decorators import Handler
from gorder.stock.back_office_replies import units_reported
from gorder.stock.queries.report_units import ProductUnits, ReportUnits

_ORDERS: Final = "orders"
_UNITS: Final = "units"


@dataclass(frozen=True, slots=True)
class ReportOffice:
    """The queries of which a report consists: the orders of each day in UTC, then the units."""

    sales: Handler[ReportSales, SalesPage]
    units: Handler[ReportUnits, list[ProductUnits]]

    def answer(self, request: ReportDayRequest) -> DayReportedBody:
        """Return one page of the report."""
        begin, end = request.begin.astimezone(UTC), request.end.astimezone(UTC)
        kind, _, place = (request.after or f"{_ORDERS}.0").partition(".")
        if kind == _UNITS:
            return units_reported(self.units(ReportUnits(begin, end)))
        number, _, after = place.partition(".")
        return self._orders(begin, end, int(number), after or None)

    def _orders(
        self, begin: datetime, end: datetime, number: int, after: str | None
    ) -> DayReportedBody:
        midnight = datetime.combine(begin.date() + timedelta(days=number), time(), UTC)
        following = midnight + timedelta(days=1)
        page = self.sales(ReportSales(max(begin, midnight), min(end, following), after))
        if page.next is not None:
            return sales_reported(page, f"{_ORDERS}.{number}.{page.next}")
        return sales_reported(page, f"{_ORDERS}.{number + 1}" if following < end else _UNITS)
