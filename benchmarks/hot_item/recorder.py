"""The telemetry of a buyer process: it keeps the sizes of the batches that the process led."""

from collections import Counter
from datetime import timedelta
from typing import Final

BATCH_SIZE: Final = "StockBatchSize"


class Recorder:
    """Implements `Telemetry` without output."""

    def __init__(self) -> None:
        self.batches: list[float] = []
        self.events: Counter[str] = Counter()

    def clear(self) -> None:
        """Forget what the warm-up has recorded."""
        self.batches.clear()
        self.events.clear()

    def bind(self, order_id: str, trace_id: str | None = None) -> None:
        """Ignore the order: a benchmark writes no log."""

    def count(self, metric: str, value: int = 1) -> None:
        self.events[metric] += value

    def revenue(self, amount: int, currency: str) -> None:
        """Ignore the payment: a reservation has none."""

    def timing(self, metric: str, time: timedelta) -> None:
        """Ignore the duration: the benchmark measures whole reservations."""

    def gauge(self, metric: str, value: float) -> None:
        if metric == BATCH_SIZE:
            self.batches.append(value)

    def info(self, event: str, /, **fields: object) -> None:
        """Ignore the event: a benchmark writes no log."""

    def warning(self, event: str, /, **fields: object) -> None:  # noqa: ARG002 - the event says enough
        self.events[event] += 1
