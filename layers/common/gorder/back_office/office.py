"""The back office: every request of staff has its answer here."""

from dataclasses import dataclass
from typing import Protocol

from gorder.back_office.audits import AuditOffice
from gorder.back_office.menu import MenuOffice
from gorder.back_office.messages import MessageOffice
from gorder.back_office.order_repairs import OrderRepairOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.reports import ReportOffice
from gorder.back_office.stock import StockOffice
from gorder.back_office.stock_repairs import StockRepairOffice
from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_audit import AuditBody, AuditRequest
from gorder.contracts.back_office_menu import MenuChangeBody, MenuRequest
from gorder.contracts.back_office_messages import MessageBody, MessageRequest
from gorder.contracts.back_office_order_repairs import OrderRepairBody, OrderRepairRequest
from gorder.contracts.back_office_orders import OrderBody, OrderRequest
from gorder.contracts.back_office_report import DayReportedBody, ReportDayRequest
from gorder.contracts.back_office_stock import StockBody
from gorder.contracts.back_office_stock_repairs import StockRepairBody, StockRepairRequest

type OfficeBody = (
    StockBody
    | StockRepairBody
    | MenuChangeBody
    | OrderBody
    | OrderRepairBody
    | MessageBody
    | AuditBody
    | DayReportedBody
)


class Offices(Protocol):
    """What answers requests, by what they are about."""

    @property
    def stock(self) -> StockOffice: ...

    @property
    def stock_repairs(self) -> StockRepairOffice: ...

    @property
    def menu(self) -> MenuOffice: ...

    @property
    def orders(self) -> OrderOffice: ...

    @property
    def order_repairs(self) -> OrderRepairOffice: ...

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
    stock_repairs: StockRepairOffice
    menu: MenuOffice
    orders: OrderOffice
    order_repairs: OrderRepairOffice
    messages: MessageOffice
    audits: AuditOffice
    reports: ReportOffice


def answer(offices: Offices, request: BackOfficeRequest, trace_id: str) -> OfficeBody:
    """Run one command or query, and return its reply."""
    reply: OfficeBody
    if isinstance(request, AuditRequest):
        reply = offices.audits.answer(request)
    elif isinstance(request, OrderRequest):
        reply = offices.orders.answer(request, trace_id)
    elif isinstance(request, OrderRepairRequest):
        reply = offices.order_repairs.answer(request)
    elif isinstance(request, MenuRequest):
        reply = offices.menu.answer(request)
    elif isinstance(request, MessageRequest):
        reply = offices.messages.answer(request)
    elif isinstance(request, ReportDayRequest):
        reply = offices.reports.answer(request)
    elif isinstance(request, StockRepairRequest):
        reply = offices.stock_repairs.answer(request)
    else:
        reply = offices.stock.answer(request)
    return reply
