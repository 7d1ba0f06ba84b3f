"""Book units that are spoiled or broken."""

from dataclasses import dataclass

from gorder.stock.entries import EntryKind, wanted_move
from gorder.stock.entry_booking import Booked, book_once
from gorder.stock.model import Signature
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class WasteStock:
    """Take units of a product out of the stock, under the id of an entry."""

    entry_id: str
    product_id: str
    quantity: int
    signature: Signature


@dataclass(frozen=True, slots=True)
class WasteStockHandler:
    """Books a product of an entry once. Repeating the command changes nothing."""

    store: StockStore

    def __call__(self, command: WasteStock) -> Booked:
        """Take the units out of those on hand, if no unpaid order holds them.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            EntryDiffers: the entry has booked another change of the product.
            UnavailableUnitsRefusal: fewer units are available.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        wanted = wanted_move(
            command.entry_id, command.product_id, EntryKind.DISCARDED, command.quantity
        )
        return self.store.run(lambda stock: book_once(stock, wanted, command.signature))
