"""Read a product that a request of staff names."""

from gorder.stock.model import StockItem
from gorder.stock.ports import StockTransaction
from gorder.stock.refusals import UnknownProductRefusal


def known_item(stock: StockTransaction, product_id: str, *, lock: bool = False) -> StockItem:
    """Return the product with its units; with `lock`, no other transaction changes these.

    Raises:
        UnknownProductRefusal: the catalogue has no such product.
    """
    item = stock.items([product_id], lock=lock).get(product_id)
    if item is None:
        raise UnknownProductRefusal(
            f"the catalogue has no product {product_id}: synchronise the catalogue first"
        )
    return item
