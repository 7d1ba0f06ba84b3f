"""Products that staff do not sell for a while, or all of them. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from gorder.stock.model import Product

PRODUCT_PAUSED: Final = "it is paused"
SHOP_PAUSED: Final = "the shop is paused"
PAUSED: Final = (PRODUCT_PAUSED, SHOP_PAUSED)


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when something is paused, by whom and why."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses that have not ended: that of the whole shop, and those of products by id."""

    shop: Pause | None = None
    products: Mapping[str, Pause] = field(default_factory=dict[str, Pause])

    def applied_to(self, product: Product) -> Product:
        """Return a product as its source has it, inactive if it is paused.

        Its reason does not repeat the words of staff, because customers read it.
        """
        if not product.active or not (self.shop or product.product_id in self.products):
            return product
        reason = PRODUCT_PAUSED if product.product_id in self.products else SHOP_PAUSED
        return replace(product, active=False, unusable_reason=reason)


def is_paused(product: Product) -> bool:
    """Return whether a product would be active without a pause."""
    return product.unusable_reason in PAUSED
