"""The back office: every request of staff has its answer here."""

from dataclasses import dataclass

from gorder.back_office.menu import MenuOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.reports import ReportOffice
from gorder.back_office.stock import StockOffice
from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_menu import MenuChangeBody, MenuRequest
from gorder.contracts.back_office_orders import OrderBody, OrderRequest
from gorder.contracts.back_office_report import DayReportedBody, ReportDayRequest
from gorder.contracts.back_office_stock import StockBody


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The requests of staff by what they are about."""

    stock: StockOffice
    menu: MenuOffice
    orders: OrderOffice
    reports: ReportOffice

    def answer(
        self, request: BackOfficeRequest, trace_id: str
    ) -> StockBody | MenuChangeBody | OrderBody | DayReportedBody:
        """Run one command or query, and return its reply."""
        if isinstance(request, OrderRequest):
            return self.orders.answer(request, trace_id)
        if isinstance(request, MenuRequest):
            return self.menu.answer(request)
        if isinstance(request, ReportDayRequest):
            return self.reports.answer(request)
        return self.stock.answer(request)
