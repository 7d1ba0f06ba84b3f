"""Telemetry that remembers."""


class MemoryTelemetry:
    """A `Telemetry`."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.followed: list[tuple[str, str | None]] = []

    def follow(self, order_id: str, trace_id: str | None = None) -> None:
        self.followed.append((order_id, trace_id))

    def count(self, metric: str, value: int = 1) -> None:
        self.counts[metric] = self.counts.get(metric, 0) + value

    def info(self, event: str, /, **fields: object) -> None:
        self.lines.append((event, fields))

    def warning(self, event: str, /, **fields: object) -> None:
        self.lines.append((event, fields))
