"""Do the same for many orders, so that one that fails keeps no other from its turn."""

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
    """Do the work on what `find` finds, 50 at a time, for a minute at most.

    What fails is counted and logged, and there is no next batch then: it would be found again.
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
            except Exception as error:  # noqa: BLE001 - whatever it is, the others have their turn
                telemetry.count("SweepFailed")
                telemetry.warning("sweep.failed", error=type(error).__name__, reason=str(error))
                failed = True
        if failed or len(batch) < _BATCH:
            return
