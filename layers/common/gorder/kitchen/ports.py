"""What the kitchen service needs from outside."""

from typing import Protocol

from gorder.errors import TransientError
from gorder.kitchen.model import CookingTime


class TimerUnavailableError(TransientError):
    """The timer could not be set. A retry can succeed."""

    code = "timer_unavailable"


class KitchenTimer(Protocol):
    """Sends `kitchen.cooking_time_elapsed` after a delay, at least once and never early."""

    def set(self, order_id: str, trace_id: str, time: CookingTime) -> None:
        """Start the timer. Raises TimerUnavailableError."""
        ...


class Tickets(Protocol):
    """The orders, as the kitchen uses them."""

    def take(self, order_id: str) -> bool:
        """Mark the order as being cooked; return False if it may not be cooked. Can be repeated.

        Raises the order service's errors: it is not known whether the order is marked.
        """
        ...
