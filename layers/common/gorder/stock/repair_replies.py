"""Map repairs of the stock to the replies of the back office."""

from dataclasses import asdict

from gorder.contracts.back_office_stock_repairs import (
    KeptStockRepairBody,
    RepairedLineBody,
    RepairedMovementBody,
    RepairedNameBody,
    RepairedRowsBody,
    RepairedSumBody,
    RepairedUnitsBody,
    StockRepairedBody,
    StockRepairsBody,
)
from gorder.stock.audit import LedgerLine
from gorder.stock.model import Movement, ReservedLine
from gorder.stock.queries.list_stock_repairs import RepairPage
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_snapshot import KeptStockRepair, Snapshot, SummedUnits


def stock_repaired(repaired: Repaired) -> StockRepairedBody:
    """Return the reply to `repair_stock` and `repair_stock_order`."""
    repair = repaired.repair
    return StockRepairedBody(
        repair_id=repair.repair_id,
        subject=repair.subject,
        repaired=repaired.is_new,
        before=_rows(repair.before),
        after=_rows(repair.after),
        left=repaired.left,
    )


def stock_repairs(page: RepairPage) -> StockRepairsBody:
    """Return the reply to `list_stock_repairs`."""
    return StockRepairsBody(
        repairs=tuple(map(_kept, page.repairs)),
        next=page.repairs[-1].repair.repair_id if page.has_more else None,
    )


def _kept(kept: KeptStockRepair) -> KeptStockRepairBody:
    return KeptStockRepairBody(
        repair_id=kept.repair.repair_id,
        subject=kept.repair.subject,
        before=_rows(kept.repair.before),
        after=_rows(kept.repair.after),
        reason=kept.signature.reason,
        by=kept.signature.by,
        repaired_at=kept.repaired_at,
    )


def _rows(snapshot: Snapshot) -> RepairedRowsBody:
    return RepairedRowsBody(
        lines=tuple(map(_line, snapshot.lines)),
        movements=tuple(map(_movement, snapshot.movements)),
        units=tuple(RepairedUnitsBody.model_validate(asdict(each)) for each in snapshot.units),
        archived=tuple(map(_sum, snapshot.archived)),
        sums=tuple(map(_sum, snapshot.sums)),
        named=tuple(map(_named, snapshot.named)),
    )


def _line(line: LedgerLine) -> RepairedLineBody:
    stated = asdict(line) | {"archived": tuple(sorted(line.archived))}
    return RepairedLineBody.model_validate(stated)


def _sum(summed: SummedUnits) -> RepairedSumBody:
    return RepairedSumBody.model_validate(asdict(summed))


def _named(line: ReservedLine) -> RepairedNameBody:
    price = asdict(line.price)
    return RepairedNameBody(product_id=line.product_id, name=line.name, **price)


def _movement(movement: Movement) -> RepairedMovementBody:
    return RepairedMovementBody(
        product_id=movement.product_id,
        kind=movement.kind,
        quantity=movement.quantity,
        occurred_at=movement.occurred_at,
    )
