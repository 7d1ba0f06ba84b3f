"""Book units that come back on sale."""

from dataclasses import dataclass

from gorder.stock.entries import EntryKind, wanted_move
from gorder.stock.entry_booking import Booked, book_once
from gorder.stock.model import Signature
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class ReturnStock:
    """Put units of a product back into the stock, under the id of an entry."""

    entry_id: str
    product_id: str
    quantity: int
    signature: Signature


@dataclass(frozen=True, slots=True)
class ReturnStockHandler:
    """Books a product of an entry once. Repeating the command changes nothing."""

    store: StockStore

    def __call__(self, command: ReturnStock) -> Booked:
        """Add the units to those on hand.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            EntryDiffers: the entry has booked another change of the product.
            TooManyUnits: the product would have more units than the system can count.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        wanted = wanted_move(
            command.entry_id, command.product_id, EntryKind.RESTOCKED, command.quantity
        )
        return self.store.run(lambda stock: book_once(stock, wanted, command.signature))
