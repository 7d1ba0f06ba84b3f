"""The back office: every request of staff has its answer here."""

from dataclasses import dataclass

from gorder.back_office.audits import AuditOffice
from gorder.back_office.menu import MenuOffice
from gorder.back_office.messages import MessageOffice
from gorder.back_office.orders import OrderOffice
from gorder.back_office.stock import StockOffice
from gorder.contracts.back_office import BackOfficeRequest
from gorder.contracts.back_office_audit import AuditBody, AuditRequest
from gorder.contracts.back_office_menu import MenuChangeBody, MenuRequest
from gorder.contracts.back_office_messages import MessageBody, MessageRequest
from gorder.contracts.back_office_orders import OrderBody, OrderRequest
from gorder.contracts.back_office_stock import StockBody


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The requests of staff by what they are about."""

    stock: StockOffice
    menu: MenuOffice
    orders: OrderOffice
    messages: MessageOffice
    audits: AuditOffice

    def answer(
        self, request: BackOfficeRequest, trace_id: str
    ) -> StockBody | MenuChangeBody | OrderBody | MessageBody | AuditBody:
        """Run one command or query, and return its reply."""
        if isinstance(request, AuditRequest):
            return self.audits.answer(request)
        if isinstance(request, OrderRequest):
            return self.orders.answer(request, trace_id)
        if isinstance(request, MenuRequest):
            return self.menu.answer(request)
        if isinstance(request, MessageRequest):
            return self.messages.answer(request)
        return self.stock.answer(request)
