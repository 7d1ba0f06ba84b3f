"""Process items independently: one failure does not stop the rest."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.errors import LaterReleaseError
from gorder.order.errors import OrderUnreadableError
from gorder.order.ports import Clock

_BATCH: Final = 50
_MAX_FOUND: Final = 100  # the most that the stock service lists in one answer
_MAX_FAILURES: Final = 100
_LONGEST: Final = timedelta(seconds=40)  # the sweep has four such tasks


def process_independently(
    find: Callable[[int], Sequence[str]],
    work: Callable[[str], None],
    postpone: Callable[[str], None],
    telemetry: Telemetry,
    clock: Clock,
) -> None:
    """Call `work` with each id that `find` returns, in batches of 50, for 40 seconds at most.

    An id that fails is logged, postponed, and skipped for the rest of the run, so that it does not
    block the others. So is an id that `find` returns again after its work. A failure is counted,
    unless it is one to leave to a later release.

    After 100 failures the run ends, because something that all of them need is probably down.
    Orders that cannot be read do not count here: each of them fails on its own.

    Args:
        find: returns at most that many ids, those that wait for the longest time first.
        work: processes one.
        postpone: keeps one out of the next answers of `find`.
        telemetry: where failures are recorded.
        clock: returns the time.
    """
    until = clock() + _LONGEST
    worked: set[str] = set()
    skipped: set[str] = set()
    failures = 0
    while True:
        limit = min(_BATCH + len(skipped), _MAX_FOUND)
        found = find(limit)
        batch = [item for item in found if item not in skipped]
        for item in batch:
            if clock() > until or failures == _MAX_FAILURES:
                return
            if item in worked:
                telemetry.info("sweep.listed_again", order_id=item)
            elif error := _failure(work, item):
                _record(telemetry, item, error)
                failures += not isinstance(error, OrderUnreadableError)
            else:
                worked.add(item)
                continue
            skipped.add(item)
            _postpone(postpone, item, telemetry)
        if len(found) < limit or not batch:
            return


def _failure(work: Callable[[str], None], item: str) -> Exception | None:
    try:
        work(item)
    except Exception as error:  # noqa: BLE001 - any failure is of one item
        return error
    return None


def _record(telemetry: Telemetry, item: str, error: Exception) -> None:
    """Log a failure with its id, because `work` may not have bound it, and count it."""
    if isinstance(error, LaterReleaseError):
        telemetry.info("sweep.left_to_later_release", order_id=item, reason=str(error))
        return
    telemetry.count("SweepFailed")
    if isinstance(error, OrderUnreadableError):
        telemetry.count("OrderUnreadable")
    name, reason = type(error).__name__, str(error)
    telemetry.warning("sweep.failed", order_id=item, error=name, reason=reason)


def _postpone(postpone: Callable[[str], None], item: str, telemetry: Telemetry) -> None:
    """Postpone an id. If the store is down, the next run lists it again, and nothing is lost."""
    try:
        postpone(item)
    except Exception as error:  # noqa: BLE001 - the other items go on
        name, reason = type(error).__name__, str(error)
        telemetry.warning("sweep.not_postponed", order_id=item, error=name, reason=reason)
