"""Do the same for many orders, so that one that fails keeps no other from its turn."""

from collections.abc import Callable, Iterable

from gorder.contracts.telemetry import Telemetry


def each_apart[T](items: Iterable[T], work: Callable[[T], None], telemetry: Telemetry) -> None:
    """Do the work on each item. What fails is counted and logged, and comes again next time."""
    for item in items:
        try:
            work(item)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others have their turn
            telemetry.count("SweepFailed")
            telemetry.warning("sweep.failed", error=type(error).__name__, reason=str(error))
