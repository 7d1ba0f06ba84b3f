"""The kitchen's timer in memory."""

from dataclasses import dataclass

from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import TimerUnavailableError
from tests.fakes.faults import Faults


@dataclass(frozen=True)
class Alarm:
    """A timer that was set."""

    order_id: str
    trace_id: str
    seconds: int


class MemoryTimer:
    """A `KitchenTimer` that records its timers."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.alarms: list[Alarm] = []

    def set(self, order_id: str, trace_id: str, time: CookingTime) -> None:
        with self.faults.call("timer.set", TimerUnavailableError):
            self.alarms.append(Alarm(order_id, trace_id, time.seconds))
