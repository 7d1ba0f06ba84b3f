"""Book an entry of staff once."""

from dataclasses import dataclass, replace

from gorder.stock.entries import Entry, Wanted
from gorder.stock.known_item import known_item
from gorder.stock.model import Signature, StockItem
from gorder.stock.ports import StockTransaction


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry, whether it was booked now, and the product with its units afterwards."""

    entry: Entry
    is_new: bool
    item: StockItem


def book_once(
    stock: StockTransaction, wanted: Wanted, signature: Signature, *, dry_run: bool = False
) -> Booked:
    """Book what is wanted, or return the entry that has booked it before.

    With `dry_run`, return what would be booked.

    Raises:
        UnknownProductRefusal: the catalogue has no such product.
        EntryDiffers: the entry has booked another change of the product.
        StockRefusal: the units do not allow the change.
    """
    # The lock comes first. A request then sees the entry that its repetition has booked meanwhile.
    item = known_item(stock, wanted.product_id, lock=True)
    if earlier := stock.entry(wanted.entry_id, wanted.product_id):
        earlier.require_same(wanted)
        return Booked(earlier, is_new=False, item=item)
    entry = wanted.decide(item)
    if not dry_run:
        stock.book(entry, signature)
    after = replace(item, on_hand=item.on_hand + entry.difference)
    return Booked(entry, is_new=not dry_run, item=after)
