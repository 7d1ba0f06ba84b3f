"""When a fake fails, and how: shared by all fakes of a scenario, so that any call can be hit."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from threading import Lock


class Mishap(Enum):
    """What happens at a call."""

    FAILS = "fails"  # the outside says no; nothing was done
    LOSES_ANSWER = "loses_answer"  # it was done, but the caller hears of a failure
    DIES_BEFORE = "dies_before"  # our process ends; nothing was done
    DIES_AFTER = "dies_after"  # our process ends right after it was done


_DONE = {Mishap.LOSES_ANSWER, Mishap.DIES_AFTER}


class Died(BaseException):
    """The process ended here."""


class Faults:
    """Counts the calls to the fakes that share it and lets chosen ones go wrong."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._planned: dict[int, Mishap] = {}
        self._lock = Lock()

    def at(self, number: int, mishap: Mishap) -> None:
        """Let the call of this number go wrong; the first is 0."""
        self._planned[number] = mishap

    def next(self, mishap: Mishap = Mishap.FAILS) -> None:
        """Let the next call go wrong."""
        self.at(len(self.calls), mishap)

    def mend(self) -> None:
        """Let nothing go wrong from here on."""
        self._planned.clear()

    @contextmanager
    def call(self, name: str, unavailable: type[Exception]) -> Iterator[None]:
        """Surround the work of one port call. `unavailable` is the port's own error."""
        with self._lock:
            mishap = self._planned.pop(len(self.calls), None)
            self.calls.append(name)
        error = _error(mishap, name, unavailable)
        if error and mishap not in _DONE:
            raise error
        try:
            yield
        finally:
            if error:
                raise error


def _error(mishap: Mishap | None, name: str, unavailable: type[Exception]) -> BaseException | None:
    match mishap:
        case None:
            return None
        case Mishap.FAILS | Mishap.LOSES_ANSWER:
            return unavailable(f"{name} was told to fail")
        case Mishap.DIES_BEFORE | Mishap.DIES_AFTER:
            return Died(name)
