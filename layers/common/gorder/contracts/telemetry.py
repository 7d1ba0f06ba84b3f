"""The port through which commands and queries write metrics and log lines."""

from datetime import timedelta
from typing import Protocol


class Telemetry(Protocol):
    """Metrics and log events. `runtime.observability` sends them to CloudWatch.

    Metric names are in CamelCase: `StockQueueUnavailable`. A function that ends abnormally after a
    write loses its metrics, so they show trends and are not exact.
    """

    def bind(self, order_id: str, trace_id: str | None = None) -> None:
        """Add the order id, and the order's trace id if given, to every log line from here on."""
        ...

    def count(self, metric: str, value: int = 1) -> None:
        """Add to a counter."""
        ...

    def revenue(self, amount: int, currency: str) -> None:
        """Add a payment, in the currency's minor unit."""
        ...

    def timing(self, metric: str, time: timedelta) -> None:
        """Record a duration."""
        ...

    def gauge(self, metric: str, value: float) -> None:
        """Record a current value."""
        ...

    def info(self, event: str, /, **fields: object) -> None:
        """Log an event and its fields. `event` is a constant such as `order.created`."""
        ...

    def warning(self, event: str, /, **fields: object) -> None:
        """Log an event that an operator should look at, though the request succeeded."""
        ...
