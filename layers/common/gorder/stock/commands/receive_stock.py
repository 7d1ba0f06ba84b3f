"""Book units that were delivered."""

from dataclasses import dataclass

from gorder.stock.known_item import known_item
from gorder.stock.ports import StockStore, StockTransaction
from gorder.stock.refusals import ReceiptDiffers


@dataclass(frozen=True, slots=True)
class ReceiveStock:
    """Book units of a product under the number of their delivery.

    `by` says who asked, and `reason` why, if there is more to say than that they were delivered.
    """

    receipt_id: str
    product_id: str
    quantity: int
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiveStockHandler:
    """Books a product of a receipt once. Repeating the command changes nothing."""

    store: StockStore

    def __call__(self, command: ReceiveStock) -> bool:
        """Add the units; return False if the receipt had booked them before.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            ReceiptDiffers: the receipt has booked another quantity of the product.
            TooManyUnits: the product would have more units than the system can count.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self.store.run(lambda stock: _receive(stock, command))


def _receive(stock: StockTransaction, command: ReceiveStock) -> bool:
    booked = stock.receipts(command.receipt_id).get(command.product_id)
    if booked == command.quantity:
        return False
    if booked is not None:
        raise ReceiptDiffers(
            f"receipt {command.receipt_id} has booked {booked} units of {command.product_id}, "
            f"not {command.quantity}: book missing units with another receipt; "
            "count the stock to take units back"
        )
    known_item(stock, command.product_id).require_room(command.quantity)
    stock.receive(
        command.receipt_id, command.product_id, command.quantity, command.by, command.reason
    )
    return True
