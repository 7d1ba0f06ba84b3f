"""Book units that leave the stock or come back, but for a delivery or an order."""

from dataclasses import dataclass

from gorder.stock.entries import EntryKind, wanted_move
from gorder.stock.entry_booking import Booked, book_once
from gorder.stock.model import Signature
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class MoveStock:
    """Take units of a product out (`DISCARDED`) or put them back (`RESTOCKED`), under an entry."""

    entry_id: str
    product_id: str
    kind: EntryKind
    quantity: int
    signature: Signature


@dataclass(frozen=True, slots=True)
class MoveStockHandler:
    """Books a product of an entry once. Repeating the command changes nothing."""

    store: StockStore

    def __call__(self, command: MoveStock) -> Booked:
        """Change the units on hand. Units that unpaid orders hold are not taken.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            EntryDiffers: the entry has booked another change of the product.
            UnavailableUnitsRefusal: fewer units are available.
            TooManyUnits: the product would have more units than the system can count.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        wanted = wanted_move(command.entry_id, command.product_id, command.kind, command.quantity)
        return self.store.run(lambda stock: book_once(stock, wanted, command.signature))
