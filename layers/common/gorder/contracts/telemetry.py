"""What the inside of a service may tell its operators, without knowing who listens."""

from datetime import timedelta
from typing import Protocol


class Telemetry(Protocol):
    """Metrics and log events. `runtime.observability` sends them to CloudWatch.

    Metrics are named in CamelCase: `StockLockUnavailable`. A function that dies after its write and
    before its end loses its metrics: they tell how the shop is doing, and are not its books.
    """

    def bind(self, order_id: str, trace_id: str | None = None) -> None:
        """Put the order, and its own trace if it has one, on every log line from here on."""
        ...

    def count(self, metric: str, value: int = 1) -> None:
        """Add to a counter."""
        ...

    def revenue(self, amount: int, currency: str) -> None:
        """Add money that came in, in the currency's minor unit."""
        ...

    def timing(self, metric: str, time: timedelta) -> None:
        """Add to what is known of how long something takes."""
        ...

    def gauge(self, metric: str, value: float) -> None:
        """Say how high something stands now."""
        ...

    def info(self, event: str, /, **fields: object) -> None:
        """Log a dotted constant name and its fields: `order.created`."""
        ...

    def warning(self, event: str, /, **fields: object) -> None:
        """Log what an operator should know of, though the caller was served."""
        ...
