"""Products, and a source of them."""

from uuid import uuid4

from gorder.stock.catalogue import CatalogueSnapshot
from gorder.stock.model import Price, Product
from gorder.stock.ports import CatalogueSourceError


def product(
    product_id: str | None = None, *, amount: int = 500, currency: str = "eur", active: bool = True
) -> Product:
    """Return a product with a price, and with a new id unless one is given."""
    product_id = product_id or f"prod_{uuid4().hex[:12]}"
    price = Price(f"price_{amount}", amount, currency)
    return Product(product_id, f"Name of {product_id}", price, active)


class FixedProducts:
    """A `ProductSource` with a fixed list of products."""

    def __init__(self, *products: Product) -> None:
        self.snapshot = CatalogueSnapshot(products, ())
        self.down = False

    def sell(self, *products: Product) -> None:
        """Replace the products."""
        self.snapshot = CatalogueSnapshot(products, ())

    def products(self) -> CatalogueSnapshot:
        return self.snapshot

    def product(self, product_id: str) -> CatalogueSnapshot:
        if self.down:
            raise CatalogueSourceError("the source is down as planned")
        return CatalogueSnapshot(
            tuple(p for p in self.snapshot.products if p.product_id == product_id),
            tuple(u for u in self.snapshot.unusable if u.product_id == product_id),
            {each: why for each, why in self.snapshot.others.items() if each == product_id},
        )
