"""Make a repair once, and keep it on record."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.stock.model import Signature
from gorder.stock.repair_ports import RepairTransaction
from gorder.stock.repair_snapshot import Snapshot, StockRepair


@dataclass(frozen=True, slots=True)
class RepairRequest:
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


def repair_once(
    rows: RepairTransaction, request: RepairRequest, rewrite: Callable[[], Rewritten]
) -> Repaired:
    """Rewrite the rows and keep the repair, or return the one that was made under this id before.

    If nothing was wrong, nothing is kept.

    Raises:
        RepairDiffers: the repair with this id was about something else.
        RepairRefusal: the rows cannot be rewritten.
    """
    if earlier := rows.repair(request.repair_id):
        earlier.require_about(request.subject)
        return Repaired(earlier, is_new=False)
    done = rewrite()
    repair = StockRepair(request.repair_id, request.subject, done.before, done.after)
    if repair.changes:
        rows.keep(repair, request.signature)
    return Repaired(repair, repair.changes and not request.dry_run, done.left)
