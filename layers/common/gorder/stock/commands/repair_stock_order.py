"""Make the reservation and the movements of an order agree."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gorder.contracts.audit import AuditedLine
from gorder.stock.audit import Balance, LedgerOrder
from gorder.stock.model import Price, ReservedLine, Signature
from gorder.stock.refusals import RepairRefusal, ReservationNotFound
from gorder.stock.repair import (
    Keep,
    StoredUnits,
    booked_units,
    from_movements,
    from_reservation,
    missing_units,
    require_known,
    snapshot,
    stored_units,
)
from gorder.stock.repair_ports import RepairTransaction, StockRepairs
from gorder.stock.repairing import Repaired, Rewritten, Wish, repair_once


@dataclass(frozen=True, slots=True)
class RepairStockOrder:
    """Write the reservation of an order from its movements, or the movements from the reservation.

    Attributes:
        keep: which rows are right.
        state: the one that all lines of the reservation get, if they have several.
        ordered: the lines of the order's document, which has the names and prices of missing lines.
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

        The units of a product are set to its books, unless other orders contradict them still.

        Raises:
            ReservationNotFound: the order has neither a reservation nor movements.
            RepairRefusal: the rows to keep make no sense, the books would lack units, the price of
                a line is not known, or a later release has written the order.
            RepairDiffers: the repair with this id was about something else.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        wish = Wish(
            command.repair_id, f"order {command.order_id}", command.signature, command.dry_run
        )
        now = self.clock()
        return self.repairs.run(
            lambda rows: repair_once(rows, wish, lambda: _rewrite(rows, command, now)),
            dry_run=command.dry_run,
        )


def _rewrite(rows: RepairTransaction, command: RepairStockOrder, now: datetime) -> Rewritten:
    before = rows.lock_order(command.order_id)
    after = _agreeing(before, command, now)
    product_ids = sorted(
        {line.product_id for line in before.lines} | {each.product_id for each in before.movements}
    )
    rows.lock_units(product_ids)
    was = rows.balances(product_ids)
    if snapshot(before, ()) != snapshot(after, ()):
        new_lines = _new_lines(rows, before, after, command.ordered)
        rows.write_order(before, after, new_lines, command.signature)
    units, left = _settle_units(rows, was, rows.balances(product_ids))
    return Rewritten(
        snapshot(before, map(stored_units, was.values())), snapshot(after, units), left
    )


def _agreeing(order: LedgerOrder, command: RepairStockOrder, now: datetime) -> LedgerOrder:
    if not order.lines and not order.movements:
        raise ReservationNotFound(
            f"order {order.order_id} has no reservation and no movements: check its id"
        )
    require_known(order)
    match command.keep:
        case Keep.MOVEMENTS:
            return from_movements(order, now)
        case Keep.RESERVATION:
            return from_reservation(order, command.state)


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


def _settle_units(
    rows: RepairTransaction, was: Mapping[str, Balance], now: Mapping[str, Balance]
) -> tuple[list[StoredUnits], tuple[str, ...]]:
    """Set the units of the products to their books, where nothing else contradicts these."""
    units, left = [], []
    for product_id, balance in now.items():
        missing = missing_units(balance)
        if missing > (missing_units(was[product_id]) if product_id in was else 0):
            raise RepairRefusal(
                f"the books of {product_id} would have {balance.moved_on_hand} units on hand and "
                f"{balance.moved_held} of them held: keep the other rows, or book {missing} units "
                "or more with gorder stock receive first"
            )
        if missing or balance.moved_held != balance.reserved:
            left.append(product_id)
            units.append(stored_units(balance))
            continue
        if stored_units(balance) != booked_units(balance):
            rows.write_units(balance)
        units.append(booked_units(balance))
    return units, tuple(left)
