"""Answer requests for an audit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gorder.contracts.audit import Finding
from gorder.contracts.back_office_audit import (
    AuditBody,
    AuditLookedAtBody,
    AuditRequest,
    FindingBody,
)
from gorder.contracts.telemetry import Telemetry
from gorder.runtime.decorators import Handler
from gorder.stock.queries.audit_stock import AuditStock
from gorder.upkeep.audit_orders import AuditOrders, AuditReport


@dataclass(frozen=True, slots=True)
class AuditOffice:
    """The audit of the stock, and that of orders and payments."""

    stock: Handler[AuditStock, Sequence[Finding]]
    orders: Handler[AuditOrders, AuditReport]
    telemetry: Telemetry

    def answer(self, request: AuditRequest) -> AuditBody:
        """Run both audits, and return what they found.

        A full audit that goes on has looked at the stock when it began.
        """
        stock = () if request.begin_at else self.stock(AuditStock(full=request.full))
        report = self.orders(AuditOrders(full=request.full, begin_at=request.begin_at))
        findings = [*stock, *report.findings]
        self.telemetry.info(
            "audit.answered",
            by=request.by,
            full=request.full,
            findings=len(findings),
            complete=report.complete,
        )
        return AuditBody(
            findings=tuple(FindingBody(**asdict(finding)) for finding in findings),
            looked_at=AuditLookedAtBody(
                orders=report.orders,
                reservations=report.reservations,
                payments=report.payments,
            ),
            complete=report.complete,
            next=report.next,
        )
