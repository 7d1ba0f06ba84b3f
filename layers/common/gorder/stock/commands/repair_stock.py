"""Set the units of a product to what its books say."""

from dataclasses import dataclass

from gorder.stock.audit import Balance
from gorder.stock.model import Signature
from gorder.stock.refusals import RepairRefusal, UnknownProductRefusal
from gorder.stock.repair import Snapshot, booked_units, missing_units, stored_units
from gorder.stock.repair_ports import RepairTransaction, StockRepairs
from gorder.stock.repairing import Repaired, Rewritten, Wish, repair_once


@dataclass(frozen=True, slots=True)
class RepairStock:
    """Set a product's row in `stock` to the sums of its movements; add it if it is missing.

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
        wish = Wish(command.repair_id, f"product {product_id}", command.signature, command.dry_run)
        return self.repairs.run(
            lambda rows: repair_once(rows, wish, lambda: _rewrite(rows, product_id)),
            dry_run=command.dry_run,
        )


def _rewrite(rows: RepairTransaction, product_id: str) -> Rewritten:
    rows.lock_units([product_id])
    balance = rows.balances([product_id]).get(product_id)
    if balance is None:
        raise UnknownProductRefusal(f"there is no product {product_id}: check its id")
    _require_repairable(balance)
    before, after = stored_units(balance), booked_units(balance)
    if before != after:
        rows.write_units(balance)
    return Rewritten(Snapshot(units=(before,)), Snapshot(units=(after,)))


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
