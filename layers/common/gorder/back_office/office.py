"""The back office: every request of staff has its answer here."""

from dataclasses import dataclass
from typing import Protocol

from gorder.back_office.audits import AuditOffice
from gorder.back_office.menu import MenuOffice
from gorder.back_office.messages import MessageOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.repairs import RepairOffice
from gorder.back_office.reports import ReportOffice
from gorder.back_office.stock import StockOffice
from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_audit import AuditBody, AuditRequest
from gorder.contracts.back_office_menu import MenuChangeBody, MenuRequest
from gorder.contracts.back_office_messages import MessageBody, MessageRequest
from gorder.contracts.back_office_orders import OrderBody, OrderRequest
from gorder.contracts.back_office_repairs import RepairBody, RepairRequest
from gorder.contracts.back_office_report import DayReportedBody, ReportDayRequest
from gorder.contracts.back_office_stock import StockBody


class Offices(Protocol):
    """What answers requests, by what they are about."""

    @property
    def stock(self) -> StockOffice: ...

    @property
    def menu(self) -> MenuOffice: ...

    @property
    def orders(self) -> OrderOffice: ...

    @property
    def repairs(self) -> RepairOffice: ...

    @property
    def messages(self) -> MessageOffice: ...

    @property
    def audits(self) -> AuditOffice: ...

    @property
    def reports(self) -> ReportOffice: ...


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The offices of the deployed function."""

    stock: StockOffice
    menu: MenuOffice
    orders: OrderOffice
    repairs: RepairOffice
    messages: MessageOffice
    audits: AuditOffice
    reports: ReportOffice


def answer(  # noqa: PLR0911 - one return for each office
    offices: Offices, request: BackOfficeRequest, trace_id: str
) -> (
    StockBody | MenuChangeBody | OrderBody | RepairBody | MessageBody | AuditBody | DayReportedBody
):
    """Run one command or query, and return its reply."""
    if isinstance(request, AuditRequest):
        return offices.audits.answer(request)
    if isinstance(request, OrderRequest):
        return offices.orders.answer(request, trace_id)
    if isinstance(request, RepairRequest):
        return offices.repairs.answer(request)
    if isinstance(request, MenuRequest):
        return offices.menu.answer(request)
    if isinstance(request, MessageRequest):
        return offices.messages.answer(request)
    if isinstance(request, ReportDayRequest):
        return offices.reports.answer(request)
    return offices.stock.answer(request)
