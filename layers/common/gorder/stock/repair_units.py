"""The units of a product, as its row and its books have them. No I/O."""

from gorder.stock.audit import Balance
from gorder.stock.repair_snapshot import StoredUnits


def no_units(product_id: str) -> Balance:
    """Return the balance of a product that no row names."""
    return Balance(product_id, False, False, 0, 0, 0, 0, 0)


def stored_units(balance: Balance) -> StoredUnits:
    """Return the units of a product as its row has them."""
    units = (balance.on_hand, balance.held) if balance.in_stock else (None, None)
    return StoredUnits(balance.product_id, balance.in_catalogue, *units)


def booked_units(balance: Balance) -> StoredUnits:
    """Return the units of a product as its books have them."""
    return StoredUnits(balance.product_id, True, balance.moved_on_hand, balance.moved_held)


def missing_units(balance: Balance) -> int:
    """Return how many units the books lack: none may be negative, nor more held than on hand."""
    on_hand, held = balance.moved_on_hand, balance.moved_held
    return max(0, -held, -on_hand, held - on_hand)


def moved_with_books(stored: int, before: int, after: int) -> int:
    """Return a stored number after its books were repaired.

    It changes as they do. But a difference that the repair makes smaller was one of the rows that
    are repaired: then the number stays.
    """
    return stored if abs(stored - after) < abs(stored - before) else stored + after - before


def moved_units(before: Balance, after: Balance) -> StoredUnits:
    """Return the stored units of a product after its books were repaired.

    They stay as they are if there is no row of them, or none of such units could be. A product
    whose units change is in the catalogue afterwards: writing them adds it.
    """
    stored = stored_units(before)
    if not before.in_stock:
        return stored
    on_hand = moved_with_books(before.on_hand, before.moved_on_hand, after.moved_on_hand)
    held = moved_with_books(before.held, before.moved_held, after.moved_held)
    if not 0 <= held <= on_hand:
        return stored
    changes = (on_hand, held) != (before.on_hand, before.held)
    return StoredUnits(before.product_id, before.in_catalogue or changes, on_hand, held)
