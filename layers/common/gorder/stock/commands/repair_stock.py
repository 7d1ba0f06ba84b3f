"""Set the units of a product to what its books say."""

from dataclasses import dataclass

from gorder.stock.audit import Balance, Sums
from gorder.stock.model import Signature
from gorder.stock.refusals import RepairRefusal, UnknownProductRefusal
from gorder.stock.repair_once import Repaired, RepairRequest, Rewritten, repair_once
from gorder.stock.repair_ports import RepairTransaction, StockRepairs
from gorder.stock.repair_snapshot import Snapshot, SummedUnits
from gorder.stock.repair_units import booked_units, missing_units, stored_units


@dataclass(frozen=True, slots=True)
class RepairStock:
    """Set a product's row in `stock` to the sums of its movements; add it if it is missing.

    Its archived sums are set to those of the lines that have archived kinds.

    With `dry_run` nothing is changed.
    """

    repair_id: str
    product_id: str
    signature: Signature
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RepairStockHandler:
    """Repairs a product. Repeating the command changes nothing."""

    repairs: StockRepairs

    def __call__(self, command: RepairStock) -> Repaired:
        """Set the units, and keep what they were before.

        Raises:
            UnknownProductRefusal: no row names the product.
            RepairRefusal: orders of the product contradict themselves, units are missing in its
                books, or a later release has moved them.
            RepairDiffers: the repair with this id was about something else.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        product_id = command.product_id
        request = RepairRequest(
            command.repair_id, f"product {product_id}", command.signature, command.dry_run
        )
        return self.repairs.run(
            lambda rows: repair_once(rows, request, lambda: _rewrite(rows, product_id)),
            dry_run=command.dry_run,
        )


def _rewrite(rows: RepairTransaction, product_id: str) -> Rewritten:
    rows.lock_units([product_id])
    archived_before, archived_after = _correct_archive(rows, product_id)
    sums_before, sums_after = rows.replace_sums(product_id)
    balance = rows.balances([product_id]).get(product_id)
    if balance is None:
        raise UnknownProductRefusal(f"there is no product {product_id}: check its id")
    _require_repairable(balance)
    before, after = stored_units(balance), booked_units(balance)
    if before != after:
        rows.write_units(balance, after)
    return Rewritten(
        Snapshot(units=(before,), archived=archived_before, sums=_summed(sums_before)),
        Snapshot(units=(after,), archived=archived_after, sums=_summed(sums_after)),
    )


def _correct_archive(
    rows: RepairTransaction, product_id: str
) -> tuple[tuple[SummedUnits, ...], tuple[SummedUnits, ...]]:
    """Return the product's archived sums before and after; none if they agree with the lines."""
    before, after = (_of_product(sums, product_id) for sums in rows.archive())
    if before == after:
        return (), ()
    if suspects := rows.suspects_of(product_id):
        raise RepairRefusal(
            f"the archived sums of {product_id} and order {suspects[0]} contradict their rows: "
            "repair the orders that gorder audit --full names with gorder stock repair-order, then "
            "this product"
        )
    rows.write_archive(product_id)
    return before, after


def _of_product(sums: Sums, product_id: str) -> tuple[SummedUnits, ...]:
    return _summed({key: units for key, units in sums.items() if key[0] == product_id and units})


def _summed(sums: Sums) -> tuple[SummedUnits, ...]:
    return tuple(SummedUnits(*key, units) for key, units in sorted(sums.items()))


def _require_repairable(balance: Balance) -> None:
    product_id = balance.product_id
    if balance.moved_held != balance.reserved:
        raise RepairRefusal(
            f"the movements of {product_id} hold {balance.moved_held} units, and its held "
            f"reservations {balance.reserved}: repair the orders that gorder audit --full names "
            "with gorder stock repair-order, then this product"
        )
    if missing := missing_units(balance):
        raise RepairRefusal(
            f"the books of {product_id} have {balance.moved_on_hand} units on hand and "
            f"{balance.moved_held} of them held: a movement is missing. Book {missing} units or "
            "more with gorder stock receive, then repair the product, then count it"
        )
