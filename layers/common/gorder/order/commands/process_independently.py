"""Process items independently: one failure does not stop the rest."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.errors import LaterReleaseError
from gorder.order.ports import Clock

_BATCH: Final = 50
_MAX_FOUND: Final = 100  # the most that the stock service lists in one answer
_LONGEST: Final = timedelta(seconds=60)


def process_independently(
    find: Callable[[int], Sequence[str]],
    work: Callable[[str], None],
    telemetry: Telemetry,
    clock: Clock,
) -> None:
    """Call `work` with each id that `find` returns, in batches of 50, for a minute at most.

    An id that fails is logged and skipped for the rest of the run, although `find` returns it
    again, so that it does not block the others. After 100 such ids the run ends, because something
    that all of them need is probably down. A failure is counted, unless it is one to leave to a
    later release.
    """
    until = clock() + _LONGEST
    skipped: set[str] = set()
    while True:
        limit = min(_BATCH + len(skipped), _MAX_FOUND)
        found = find(limit)
        batch = [item for item in found if item not in skipped]
        for item in batch:
            if clock() > until:
                return
            try:
                work(item)
            except LaterReleaseError as error:
                telemetry.info("sweep.left_to_later_release", reason=str(error))
                skipped.add(item)
            except Exception as error:  # noqa: BLE001 - any failure is of one item
                telemetry.count("SweepFailed")
                telemetry.warning("sweep.failed", error=type(error).__name__, reason=str(error))
                skipped.add(item)
        if len(found) < limit or not batch:
            return
