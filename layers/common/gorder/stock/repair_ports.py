"""The port through which rows that contradict each other are repaired."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from gorder.stock.audit import Balance, LedgerOrder, Sums
from gorder.stock.model import Product, ReservedLine, Signature
from gorder.stock.repair_snapshot import KeptStockRepair, StockRepair, StoredUnits


class RepairTransaction(Protocol):
    """Reads what contradicts itself and writes it, in one transaction."""

    def repair(self, repair_id: str) -> StockRepair | None:
        """Return what a repair with this id has changed, if it was made."""
        ...

    def lock_order(self, order_id: str) -> LedgerOrder:
        """Return the order's rows. No other transaction changes them until this one ends."""
        ...

    def reserved(self, order_id: str) -> Mapping[str, ReservedLine]:
        """Return the locked lines of an order with their names and prices, by product."""
        ...

    def lock_units(self, product_ids: Iterable[str]) -> None:
        """Let no other transaction change the units of these products until this one ends.

        It comes after `lock_order`, as in the transactions of buyers.
        """
        ...

    def balances(self, product_ids: Iterable[str]) -> dict[str, Balance]:
        """Return the locked units and the books of the products that some row names, by id.

        The books are the sums of the checkpoint and the movements after it.

        Raises:
            RepairRefusal: a later release has moved units of a product.
        """
        ...

    def replace_sums(self, product_id: str) -> tuple[Sums, Sums]:
        """Replace the product's sums of the checkpoint by those of its movements.

        Return the sums that differed, before and after.
        """
        ...

    def contradicted(self) -> frozenset[str]:
        """Return the products whose checkpoint or archive has other sums than their rows."""
        ...

    def archive(self) -> tuple[Sums, Sums]:
        """Return the archived sums, and those of the lines by their archived kinds."""
        ...

    def suspects_of(self, product_id: str) -> Sequence[str]:
        """Return orders of the product that may contradict themselves, as audits have found."""
        ...

    def write_archive(self, product_id: str) -> None:
        """Set the product's archived sums to those of the lines."""
        ...

    def products(self, product_ids: Iterable[str]) -> Mapping[str, Product]:
        """Return those of the products that the catalogue has, by id."""
        ...

    def write_order(
        self,
        before: LedgerOrder,
        after: LedgerOrder,
        named: Mapping[str, ReservedLine],
        signature: Signature,
    ) -> None:
        """Write the rows that differ. `named` has names and prices of lines to add or to change.

        The movements that are added keep the signature. The sums of the checkpoint change as the
        movements do; but a difference that becomes smaller ends, as if they had not changed.
        """
        ...

    def write_units(self, before: Balance, after: StoredUnits) -> None:
        """Set the units of a product, and add what it lacks in `products`.

        Such a product has its id as its name, and no price, so it cannot be ordered.
        """
        ...

    def keep(self, repair: StockRepair, signature: Signature) -> None:
        """Add the repair to the record."""
        ...


class StockRepairs(Protocol):
    """Repairs rows, and keeps a record of it. Every method raises what `StockStore.run` raises."""

    def run[T](self, work: Callable[[RepairTransaction], T], *, dry_run: bool = False) -> T:
        """Run the work in one transaction, and again if it lost a race. Undo it with `dry_run`.

        One repair runs at a time, and no audit moves the checkpoint meanwhile.
        """
        ...

    def kept(self, limit: int, after: str | None = None) -> Sequence[KeptStockRepair]:
        """Return the repairs on record, newest first; with `after`, the id of one, those before it.

        Raises:
            UnknownStockRepair: there is no repair `after`.
        """
        ...
