"""Book units that came into the house."""

from dataclasses import dataclass

from gorder.stock.model import ReceiptDiffers, UnknownProductRefusal
from gorder.stock.ports import StockStore, StockTransaction


@dataclass(frozen=True, slots=True)
class ReceiveStock:
    """Units of a product, under the number of the delivery they came with."""

    receipt_id: str
    product_id: str
    quantity: int


class ReceiveStockHandler:
    """Books a receipt's product once, however often it is told."""

    def __init__(self, store: StockStore) -> None:
        self._store = store

    def __call__(self, message: ReceiveStock) -> bool:
        """Add the units; False when they had been booked before.

        Raises:
            UnknownProductRefusal: the catalogue has no such product.
            ReceiptDiffers: the receipt was booked with another quantity of it.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        return self._store.run(lambda stock: _receive(stock, message))


def _receive(stock: StockTransaction, message: ReceiveStock) -> bool:
    booked = stock.receipts(message.receipt_id).get(message.product_id)
    if booked == message.quantity:
        return False
    if booked is not None:
        raise ReceiptDiffers(
            f"receipt {message.receipt_id} was booked with {booked} of {message.product_id}; "
            "correct it with a receipt of its own"
        )
    if message.product_id not in stock.items([message.product_id]):
        raise UnknownProductRefusal(
            f"the catalogue has no product {message.product_id}; synchronise the catalogue first"
        )
    stock.receive(message.receipt_id, message.product_id, message.quantity)
    return True
