"""The lines of an order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gorder.constraints import MAX_LINES, MAX_UNITS_PER_LINE
from gorder.order.errors import InvalidOrder

type Quantities = Mapping[str, int]  # units by product id


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Units of a product that a customer asks for, with a note for the kitchen or without one."""

    product_id: str
    quantity: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LineNote:
    """What the customer has noted on these units of a line."""

    quantity: int
    text: str


@dataclass(frozen=True, slots=True)
class WantedItems:
    """What an order is for. Two are equal if one request is a repetition of the other.

    Attributes:
        quantities: the units of each product.
        notes: for each product with notes, the units of each note.
    """

    quantities: Quantities
    notes: Mapping[str, Quantities]

    def notes_on(self, product_id: str) -> tuple[LineNote, ...]:
        """Return the notes on a product."""
        return tuple(
            LineNote(quantity, text) for text, quantity in self.notes.get(product_id, {}).items()
        )


def merge_lines(lines: Iterable[WantedLine]) -> WantedItems:
    """Add up the units of each product and of each note on it, in the order of the lines.

    Raises:
        InvalidOrder: there are no lines, more than 50 products, or not 1 to 1000 units of one.
    """
    quantities: dict[str, int] = {}
    notes: dict[str, dict[str, int]] = {}
    for line in lines:
        quantities[line.product_id] = quantities.get(line.product_id, 0) + line.quantity
        if line.note is not None:
            noted = notes.setdefault(line.product_id, {})
            noted[line.note] = noted.get(line.note, 0) + line.quantity
    if not 1 <= len(quantities) <= MAX_LINES:
        raise InvalidOrder(f"items: an order has 1 to {MAX_LINES} products, not {len(quantities)}.")
    _require_units(quantities, MAX_UNITS_PER_LINE)
    return WantedItems(quantities, notes)


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
    notes: tuple[LineNote, ...] = ()

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity


def items_of(lines: Iterable[OrderLine]) -> WantedItems:
    """Return what the customer of an order with these lines has asked for."""
    kept = list(lines)
    return WantedItems(
        {line.product_id: line.quantity for line in kept},
        {line.product_id: {n.text: n.quantity for n in line.notes} for line in kept if line.notes},
    )
