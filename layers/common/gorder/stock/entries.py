"""What staff book under an id of their own: units wasted, returned to sale, or counted. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gorder.stock.model import StockItem
from gorder.stock.refusals import EntryDiffers, HeldUnitsRefusal, UnavailableUnitsRefusal


class EntryKind(StrEnum):
    """The kind of an entry's movement."""

    DISCARDED = "discarded"
    RESTOCKED = "restocked"
    COUNTED_UP = "counted_up"
    COUNTED_DOWN = "counted_down"


_TAKEN: Final = frozenset({EntryKind.DISCARDED, EntryKind.COUNTED_DOWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """Units of a product that staff have moved.

    `counted` is the number that a count found. Such an entry has no units if the count agreed.
    """

    entry_id: str
    product_id: str
    kind: EntryKind
    quantity: int
    counted: int | None = None

    @property
    def difference(self) -> int:
        """Units that it adds to those on hand, negative if it takes some."""
        return -self.quantity if self.kind in _TAKEN else self.quantity

    def require_same(self, wanted: "Wanted") -> None:
        """Check that a repeated request wants what the entry has booked.

        Raises:
            EntryDiffers: it wants something else.
        """
        if not wanted.is_booked_as(self):
            raise EntryDiffers(
                f"entry {self.entry_id} has booked another change of {self.product_id}: {self}; "
                "use another entry_id for another change"
            )

    def __str__(self) -> str:
        if self.counted is not None:
            return f"{self.counted} counted"
        return f"{self.quantity} {self.kind}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that staff ask for: how the units decide on it, and how to know it again.

    `decide` returns the entry for the present units, or raises a `StockRefusal`.
    """

    entry_id: str
    product_id: str
    decide: Callable[[StockItem], Entry]
    is_booked_as: Callable[[Entry], bool]


def wanted_move(entry_id: str, product_id: str, kind: EntryKind, quantity: int) -> Wanted:
    """Return the change that discards units, or puts units back on sale.

    `decide` raises UnavailableUnitsRefusal if units to discard are held or not there, and
    TooManyUnits if there would be more units than the system can count.
    """
    entry = Entry(entry_id, product_id, kind, quantity)

    def decide(item: StockItem) -> Entry:
        if kind is EntryKind.RESTOCKED:
            item.require_room(quantity)
        elif quantity > item.available:
            raise UnavailableUnitsRefusal(
                f"{product_id} has {item.on_hand} units on hand, and unpaid orders hold "
                f"{item.held} of them: at most {item.available} can be wasted, not {quantity}"
            )
        return entry

    return Wanted(entry_id, product_id, decide, lambda booked: booked == entry)


def wanted_count(entry_id: str, product_id: str, counted: int) -> Wanted:
    """Return the change that sets the units on hand to those counted.

    `decide` raises HeldUnitsRefusal if fewer units were counted than unpaid orders hold.
    """

    def decide(item: StockItem) -> Entry:
        if counted < item.held:
            raise HeldUnitsRefusal(
                f"unpaid orders hold {item.held} units of {product_id}, and {counted} were "
                "counted: pause the product, close these orders or wait until they are paid or "
                "expire, and count again"
            )
        difference = counted - item.on_hand
        kind = EntryKind.COUNTED_DOWN if difference < 0 else EntryKind.COUNTED_UP
        return Entry(entry_id, product_id, kind, abs(difference), counted)

    return Wanted(entry_id, product_id, decide, lambda booked: booked.counted == counted)
