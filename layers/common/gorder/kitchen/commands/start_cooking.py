"""Start to cook: set the timer and go on with other things."""

from dataclasses import dataclass

from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import KitchenTimer


@dataclass(frozen=True, slots=True)
class StartCooking:
    """The order is paid."""

    order_id: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class StartCookingHandler:
    """Starting twice sets two timers; the second finds the dish done."""

    timer: KitchenTimer
    cooking_time: CookingTime

    def __call__(self, command: StartCooking) -> None:
        """Set the timer. Raises TimerUnavailableError, which is worth a retry."""
        self.timer.set(command.order_id, command.trace_id, self.cooking_time)
