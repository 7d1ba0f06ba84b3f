"""Make the reservation and the movements of an order agree."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gorder.contracts.audit import AuditedLine
from gorder.stock.audit import Balance, LedgerOrder
from gorder.stock.model import Price, ReservedLine, Signature
from gorder.stock.refusals import RepairRefusal, ReservationNotFound
from gorder.stock.repair import Keep, from_movements, from_reservation, require_known
from gorder.stock.repair_archive import archive_differences, with_archive
from gorder.stock.repair_once import Repaired, RepairRequest, Rewritten, repair_once
from gorder.stock.repair_ordered import from_document, repriced
from gorder.stock.repair_ports import RepairTransaction, StockRepairs
from gorder.stock.repair_snapshot import StoredUnits, snapshot
from gorder.stock.repair_units import (
    booked_units,
    missing_units,
    moved_units,
    no_units,
    stored_units,
)


@dataclass(frozen=True, slots=True)
class RepairStockOrder:
    """Write rows of an order from those that are right.

    Attributes:
        keep: which rows are right. `ORDER`: those of the order's document.
        state: the one that all lines of the reservation get, if they have several; with `ORDER`
            also if they have none or a wrong one.
        ordered: the lines of the order's document, which has the names and prices of missing lines,
            and the quantities of lines whose movements are archived.
        dry_run: whether nothing is changed.
    """

    repair_id: str
    order_id: str
    keep: Keep
    signature: Signature
    state: str | None = None
    ordered: Collection[AuditedLine] = field(default=())
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RepairStockOrderHandler:
    """Repairs an order and the units of its products. Repeating the command changes nothing."""

    repairs: StockRepairs
    clock: Callable[[], datetime]

    def __call__(self, command: RepairStockOrder) -> Repaired:
        """Write the rows, and keep what they were before.

        Units and sums change as the movements of the order do. What else contradicts is left.

        Raises:
            ReservationNotFound: the order has neither a reservation nor movements to keep.
            RepairRefusal: the rows to keep make no sense or do not exist, a state is missing, or
                named beside movements, the books would lack units, the price of a line is not
                known, or a later release has written the order.
            RepairDiffers: the repair with this id was about something else.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        request = RepairRequest(
            command.repair_id, f"order {command.order_id}", command.signature, command.dry_run
        )
        now = self.clock()
        return self.repairs.run(
            lambda rows: repair_once(rows, request, lambda: _rewrite(rows, command, now)),
            dry_run=command.dry_run,
        )


def _rewrite(rows: RepairTransaction, command: RepairStockOrder, now: datetime) -> Rewritten:
    before = rows.lock_order(command.order_id)
    after = _agreeing(rows, before, command, now)
    product_ids = sorted(
        {line.product_id for line in (*before.lines, *after.lines)}
        | {movement.product_id for movement in before.movements}
    )
    stored = rows.reserved(command.order_id) if command.keep is Keep.ORDER else {}
    renamed = repriced(stored, command.ordered)
    rows.lock_units(product_ids)
    was = rows.balances(product_ids)
    if renamed or snapshot(before, ()) != snapshot(after, ()):
        named = _new_lines(rows, before, after, command.ordered) | renamed
        rows.write_order(before, after, named, command.signature)
    units, left = _move_units(rows, was, rows.balances(product_ids))
    present = {line.product_id for line in after.lines}
    replaced = [line for key, line in stored.items() if key in renamed or key not in present]
    return Rewritten(
        snapshot(before, map(stored_units, was.values()), replaced),
        snapshot(after, units, renamed.values()),
        left,
    )


def _agreeing(
    rows: RepairTransaction, order: LedgerOrder, command: RepairStockOrder, now: datetime
) -> LedgerOrder:
    if command.keep is not Keep.ORDER and not order.lines and not order.movements:
        raise ReservationNotFound(
            f"order {order.order_id} has no reservation and no movements: check its id"
        )
    require_known(order)
    differences = archive_differences(*rows.archive())
    known = with_archive(order, differences, command.ordered)
    if command.keep is Keep.RESERVATION:
        return from_reservation(known, command.state, differences)
    if command.keep is Keep.ORDER:
        return from_document(known, command.ordered, now, command.state, differences)
    if command.state is not None:
        raise RepairRefusal(
            "--state is for --keep reservation and --keep order: leave it out, the movements lead "
            "to a state"
        )
    return from_movements(known, now, differences)


def _new_lines(
    rows: RepairTransaction,
    before: LedgerOrder,
    after: LedgerOrder,
    ordered: Collection[AuditedLine],
) -> dict[str, ReservedLine]:
    """Return the lines to add, as they were ordered, or with the prices of the catalogue."""
    present = {line.product_id for line in before.lines}
    quantities = {line.product_id: line.quantity for line in after.lines}
    missing = quantities.keys() - present
    named = {
        each.product_id: (each.name, Price(each.price_id, each.unit_amount, each.currency))
        for each in ordered
    }
    for product_id, product in rows.products(missing - named.keys()).items():
        if product.price is not None:
            named[product_id] = product.name, product.price
    if unknown := sorted(missing - named.keys()):
        raise RepairRefusal(
            f"nothing has the price of {', '.join(unknown)} in order {before.order_id}: the order "
            "is not stored, and the catalogue has no price. Give the product a price in Stripe and "
            "run gorder catalogue sync, or use --keep reservation"
        )
    return {
        product_id: ReservedLine(product_id, named[product_id][0], quantity, named[product_id][1])
        for product_id, quantity in quantities.items()
        if product_id in missing
    }


def _move_units(
    rows: RepairTransaction, was: Mapping[str, Balance], now: Mapping[str, Balance]
) -> tuple[list[StoredUnits], tuple[str, ...]]:
    """Change the units of the products as their books have changed."""
    units = []
    left = {*rows.contradicted() & now.keys()}
    for product_id, balance in now.items():
        before = was.get(product_id) or no_units(product_id)
        missing = missing_units(balance)
        if missing > missing_units(before):
            raise RepairRefusal(
                f"the books of {product_id} would have {balance.moved_on_hand} units on hand and "
                f"{balance.moved_held} of them held: keep the other rows, or book {missing} units "
                "or more with gorder stock receive first"
            )
        after = moved_units(before, balance)
        if after != stored_units(balance):
            rows.write_units(balance, after)
        if after != booked_units(balance) or balance.moved_held != balance.reserved:
            left.add(product_id)
        units.append(after)
    return units, tuple(sorted(left))
