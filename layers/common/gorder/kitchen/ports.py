"""What the kitchen needs from outside."""

from typing import Protocol

from gorder.errors import TransientError
from gorder.kitchen.model import CookingTime


class TimerUnavailableError(TransientError):
    """The timer could not be set."""

    code = "timer_unavailable"


class KitchenTimer(Protocol):
    """Rings when a dish is done. It may ring twice, and late, but it rings."""

    def set(self, order_id: str, trace_id: str, time: CookingTime) -> None:
        """Set it. Raises TimerUnavailableError."""
        ...


class CookedOrders(Protocol):
    """The order service, as the kitchen sees it."""

    def mark_cooked(self, order_id: str) -> None:
        """The dish is done; saying it again is fine."""
        ...
