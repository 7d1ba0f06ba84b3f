"""Faults in the calls of a test's fakes: which call fails, and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from threading import Lock


class Mishap(Enum):
    """What happens at a call."""

    FAILS = "fails"  # the call raises the port's error and does nothing
    LOSES_ANSWER = "loses_answer"  # the call does its work and then raises the port's error
    DIES_BEFORE = "dies_before"  # the process ends before the call
    DIES_AFTER = "dies_after"  # the process ends right after the call


_DONE = {Mishap.LOSES_ANSWER, Mishap.DIES_AFTER}


class Died(BaseException):
    """The process ended here."""


class Faults:
    """Records the calls to the fakes that share it, and lets chosen calls fail."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._by_name: dict[tuple[str, int], Mishap] = {}
        self._by_number: dict[int, Mishap] = {}
        self._lock = Lock()

    def on(self, name: str, mishap: Mishap = Mishap.FAILS, *, nth: int = 1) -> None:
        """Let a call of that name fail: the next one, or the `nth` from now."""
        self._by_name[name, self.calls.count(name) + nth] = mishap

    def on_call_number(self, number: int, mishap: Mishap) -> None:
        """Let a call fail, of any name; the first is 0. For tests that try every call."""
        self._by_number[number] = mishap

    def clear(self) -> None:
        """Let no further call fail."""
        self._by_name.clear()
        self._by_number.clear()

    @contextmanager
    def call(self, name: str, unavailable: type[Exception]) -> Iterator[None]:
        """Surround the work of one port call. `unavailable` is the port's error."""
        with self._lock:
            by_number = self._by_number.pop(len(self.calls), None)
            self.calls.append(name)
            mishap = self._by_name.pop((name, self.calls.count(name)), by_number)
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
            return unavailable(f"{name} failed as planned")
        case Mishap.DIES_BEFORE | Mishap.DIES_AFTER:
            return Died(name)
