"""Answer requests that repair rows of the stock."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from gorder.contracts.audit import AuditedLine
from gorder.contracts.back_office_stock_repairs import (
    ListStockRepairsRequest,
    RepairStockOrderRequest,
    RepairStockRequest,
    StockRepairBody,
    StockRepairRequest,
)
from gorder.contracts.telemetry import Telemetry
from gorder.runtime.decorators import Handler
from gorder.stock import repair_replies as replies
from gorder.stock.commands.repair_stock import RepairStock
from gorder.stock.commands.repair_stock_order import RepairStockOrder
from gorder.stock.model import Signature
from gorder.stock.queries.list_stock_repairs import ListStockRepairs, RepairPage
from gorder.stock.repair import Keep
from gorder.stock.repair_once import Repaired


@dataclass(frozen=True, slots=True)
class StockRepairOffice:
    """The commands that make rows of the stock agree, and their record.

    `ordered` returns the lines of an order's document; none if no such order is stored.
    """

    repair: Handler[RepairStock, Repaired]
    repair_order: Handler[RepairStockOrder, Repaired]
    listing: Handler[ListStockRepairs, RepairPage]
    ordered: Callable[[str], Collection[AuditedLine]]
    telemetry: Telemetry

    def answer(self, request: StockRepairRequest) -> StockRepairBody:
        """Run one command or query, and return its reply. A repair is logged with who asked."""
        match request:
            case RepairStockRequest(repair_id=repair_id, product_id=product_id, dry_run=dry_run):
                signature = Signature(request.by, request.reason)
                repaired = self.repair(RepairStock(repair_id, product_id, signature, dry_run))
                return self._repaired(request, repaired)
            case RepairStockOrderRequest():
                return self._repaired(request, self.repair_order(self._order(request)))
            case ListStockRepairsRequest(limit=limit, after=after):
                return replies.stock_repairs(self.listing(ListStockRepairs(limit, after)))

    def _order(self, request: RepairStockOrderRequest) -> RepairStockOrder:
        return RepairStockOrder(
            request.repair_id,
            request.order_id,
            Keep(request.keep),
            Signature(request.by, request.reason),
            state=request.state,
            ordered=self.ordered(request.order_id),
            dry_run=request.dry_run,
        )

    def _repaired(
        self, request: RepairStockRequest | RepairStockOrderRequest, repaired: Repaired
    ) -> StockRepairBody:
        self.telemetry.info(
            "stock.repaired",
            subject=repaired.repair.subject,
            repaired=repaired.is_new,
            left=repaired.left,
            **request.model_dump(exclude={"command"}),
        )
        return replies.stock_repaired(repaired)
