"""Process items independently: one failure does not stop the rest."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.order.ports import Clock

_BATCH: Final = 50
_LONGEST: Final = timedelta(seconds=60)


def process_independently[T](
    find: Callable[[int], Sequence[T]],
    work: Callable[[T], None],
    telemetry: Telemetry,
    clock: Clock,
) -> None:
    """Call `work` with each item that `find` returns, in batches of 50, for a minute at most.

    A failure is counted and logged. It also ends the run after its batch, because `find` would
    return the failed items again.
    """
    until = clock() + _LONGEST
    while True:
        batch = find(_BATCH)
        failed = False
        for item in batch:
            if clock() > until:
                return
            try:
                work(item)
            except Exception as error:  # noqa: BLE001 - any failure is of one item
                telemetry.count("SweepFailed")
                telemetry.warning("sweep.failed", error=type(error).__name__, reason=str(error))
                failed = True
        if failed or len(batch) < _BATCH:
            return
