"""The lines of an order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gorder.constraints import MAX_LINES, MAX_UNITS_PER_LINE
from gorder.order.errors import InvalidOrder

type Quantities = Mapping[str, int]  # units by product id


def merge_lines(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up the units of each product, in the order the products are first named.

    Args:
        lines: product id and units of each line.

    Raises:
        InvalidOrder: there are no lines, more than 50 products, or not 1 to 1000 units of one.
    """
    quantities: dict[str, int] = {}
    for product_id, quantity in lines:
        quantities[product_id] = quantities.get(product_id, 0) + quantity
    if not 1 <= len(quantities) <= MAX_LINES:
        raise InvalidOrder(f"items: an order has 1 to {MAX_LINES} products, not {len(quantities)}.")
    _require_units(quantities, MAX_UNITS_PER_LINE)
    return quantities


def _require_units(quantities: Quantities, most: int) -> None:
    for product_id, quantity in quantities.items():
        if not 1 <= quantity <= most:
            raise InvalidOrder(
                f"items: {product_id} can be ordered 1 to {most} times, "
                f"not {quantity} (lines of one product are added up)."
            )


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """How many units a new order may have, as the shop has set it."""

    units_per_line: int
    units_per_order: int

    def require(self, quantities: Quantities) -> None:
        """Raises InvalidOrder: the order has more units of a product, or in all."""
        _require_units(quantities, self.units_per_line)
        if (units := sum(quantities.values())) > self.units_per_order:
            raise InvalidOrder(
                f"items: an order has at most {self.units_per_order} units, not {units}."
            )


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line with the price at the time of the order. `unit_amount` is in minor units."""

    product_id: str
    name: str
    quantity: int
    unit_amount: int
    price_id: str

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity
