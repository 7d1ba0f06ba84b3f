"""Make a repair once, and keep it on record."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.stock.model import Signature
from gorder.stock.repair import Snapshot, StockRepair
from gorder.stock.repair_ports import RepairTransaction


@dataclass(frozen=True, slots=True)
class Wish:
    """What a repair is about, under which id, who asks for it and why.

    With `dry_run` nothing is changed.
    """

    repair_id: str
    subject: str
    signature: Signature
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repair, and whether it was made now.

    `left` are products whose units contradict each other still, because of other orders.
    """

    repair: StockRepair
    is_new: bool
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The rows before and after they were written, and what is left."""

    before: Snapshot
    after: Snapshot
    left: tuple[str, ...] = ()


def repair_once(rows: RepairTransaction, wish: Wish, rewrite: Callable[[], Rewritten]) -> Repaired:
    """Rewrite the rows and keep the repair, or return the one that was made under this id before.

    If nothing was wrong, nothing is kept.

    Raises:
        RepairDiffers: the repair with this id was about something else.
        RepairRefusal: the rows cannot be rewritten.
    """
    if earlier := rows.repair(wish.repair_id):
        earlier.require_about(wish.subject)
        return Repaired(earlier, is_new=False)
    done = rewrite()
    repair = StockRepair(wish.repair_id, wish.subject, done.before, done.after)
    if repair.changes:
        rows.keep(repair, wish.signature)
    return Repaired(repair, repair.changes and not wish.dry_run, done.left)
