"""Start cooking an order: set its timer."""

from dataclasses import dataclass

from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import KitchenTimer, Tickets


@dataclass(frozen=True, slots=True)
class StartCooking:
    """A paid order."""

    order_id: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class StartCookingHandler:
    """Sets timers. A repeated message sets a second timer, which finds the order cooked."""

    tickets: Tickets
    timer: KitchenTimer
    cooking_time: CookingTime

    def __call__(self, command: StartCooking) -> None:
        """Set the timer, unless the order may not be cooked: it is refunded, disputed or cooked.

        Raises:
            TimerUnavailableError, or a transient error of the order service: try again.
        """
        if self.tickets.take(command.order_id):
            self.timer.set(command.order_id, command.trace_id, self.cooking_time)
