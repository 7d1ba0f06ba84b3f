"""The catalogue as its source has it, and what of it is to be saved. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gorder.stock.model import Product
from gorder.stock.pauses import Pauses


@dataclass(frozen=True, slots=True)
class UnusableProduct:
    """A product that its source calls active and that cannot be ordered, with the reason."""

    product_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CatalogueSnapshot:
    """The products of the source, or one of them, as they were read.

    `others` are the products of other shops by id, each with the reason why it is another's.
    """

    products: tuple[Product, ...]
    unusable: tuple[UnusableProduct, ...]
    others: Mapping[str, str] = field(default_factory=dict[str, str])


def stale_products(
    stored: Iterable[Product], source: CatalogueSnapshot, pauses: Pauses
) -> list[Product]:
    """Return the products to save: those that differ, and those to deactivate."""
    known = {product.product_id: product for product in stored}
    present = {product.product_id for product in source.products}
    gone = [
        replace(product, active=False, unusable_reason=source.others.get(product.product_id))
        for product in known.values()
        if product.product_id not in present
    ]
    wanted = map(pauses.applied_to, [*source.products, *gone])
    return [each for each in wanted if known.get(each.product_id) != each]
