"""What a pause or its end changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from gorder.stock.known_item import known_item
from gorder.stock.model import Product
from gorder.stock.pauses import Pause, Pauses
from gorder.stock.ports import StockTransaction


@dataclass(frozen=True, slots=True)
class MenuChange:
    """The pause or resumption of a product, or of the whole shop if `product_id` is None."""

    product_id: str | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MenuChanged:
    """Whether a pause has begun or ended now, the pause in force, and the products as they are.

    The products are all of them for the shop, and otherwise the one.
    """

    changed: bool
    pause: Pause | None
    products: Sequence[Product]


def pause_of(pauses: Pauses, product_id: str | None) -> Pause | None:
    """Return the pause of a product, or of the shop."""
    return pauses.shop if product_id is None else pauses.products.get(product_id)


def products_of(stock: StockTransaction, product_id: str | None) -> list[Product]:
    """Return the product, or all products for the shop.

    Raises:
        UnknownProductRefusal: the catalogue has no such product.
    """
    if product_id is None:
        return [item.product for item in stock.all_items()]
    return [known_item(stock, product_id).product]
