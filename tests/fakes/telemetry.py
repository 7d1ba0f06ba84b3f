"""Telemetry in memory."""

from datetime import timedelta


class MemoryTelemetry:
    """A `Telemetry` that keeps what is recorded."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.revenues: list[tuple[int, str]] = []
        self.timings: dict[str, list[timedelta]] = {}
        self.gauges: dict[str, float] = {}
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.warnings: list[str] = []
        self.bound: list[tuple[str, str | None]] = []

    def bind(self, order_id: str, trace_id: str | None = None) -> None:
        self.bound.append((order_id, trace_id))

    def count(self, metric: str, value: int = 1) -> None:
        self.counts[metric] = self.counts.get(metric, 0) + value

    def revenue(self, amount: int, currency: str) -> None:
        self.revenues.append((amount, currency))

    def timing(self, metric: str, time: timedelta) -> None:
        self.timings.setdefault(metric, []).append(time)

    def gauge(self, metric: str, value: float) -> None:
        self.gauges[metric] = value

    def info(self, event: str, /, **fields: object) -> None:
        self.lines.append((event, fields))

    def warning(self, event: str, /, **fields: object) -> None:
        self.lines.append((event, fields))
        self.warnings.append(event)
