"""Set the units on hand to what was counted."""

from dataclasses import dataclass

from gorder.stock.entries import wanted_count
from gorder.stock.entry_booking import Booked, book_once
from gorder.stock.model import Signature
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class CountStock:
    """Set a product's units on hand to those counted, under the id of an entry.

    With `dry_run` nothing is changed.
    """

    entry_id: str
    product_id: str
    counted: int
    signature: Signature
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class CountStockHandler:
    """Books a product of an entry once. Repeating the command changes nothing.

    A count that agrees with the stock is booked too, so that its repetition has the same answer
    although units have moved meanwhile.
    """

    store: StockStore

    def __call__(self, command: CountStock) -> Booked:
        """Add or take the difference. Units that unpaid orders hold are among those counted.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            EntryDiffers: the entry has booked another change of the product.
            HeldUnitsRefusal: unpaid orders hold more units than were counted.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        wanted = wanted_count(command.entry_id, command.product_id, command.counted)
        return self.store.run(
            lambda stock: book_once(stock, wanted, command.signature, dry_run=command.dry_run)
        )
