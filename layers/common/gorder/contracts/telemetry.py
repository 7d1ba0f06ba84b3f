"""What the inside of a service may tell its operators, without knowing who listens."""

from typing import Protocol


class Telemetry(Protocol):
    """Counters and log events. `runtime.observability` sends them to CloudWatch."""

    def follow(self, order_id: str, trace_id: str | None = None) -> None:
        """Put the order, and its own trace if it has one, on every log line from here on."""
        ...

    def count(self, metric: str, value: int = 1) -> None:
        """Add to a counter, named in CamelCase: `StockLockUnavailable`."""
        ...

    def info(self, event: str, /, **fields: object) -> None:
        """Log a dotted constant name and its fields: `order.created`."""
        ...

    def warning(self, event: str, /, **fields: object) -> None:
        """Log what an operator should know of, though the caller was served."""
        ...
