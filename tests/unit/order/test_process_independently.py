"""Items are processed independently of each other."""

from collections.abc import Callable

from gorder.order.commands.process_independently import process_independently
from gorder.order.errors import OrderUnreadableError
from tests.fakes.clock import StandingClock
from tests.fakes.telemetry import MemoryTelemetry


class Items:
    """A list of ids, from which postponed ones are left out."""

    def __init__(self, number: int) -> None:
        self.left = [str(n) for n in range(number)]
        self.postponed: list[str] = []
        self.worked: list[str] = []
        self.telemetry = MemoryTelemetry()

    def find(self, limit: int) -> list[str]:
        return [item for item in self.left if item not in self.postponed][:limit]

    def run(
        self, work: Callable[[str], None], postpone: Callable[[str], None] | None = None
    ) -> None:
        process_independently(
            self.find, work, postpone or self.postponed.append, self.telemetry, StandingClock()
        )

    def succeed(self, item: str) -> None:
        self.worked.append(item)
        self.left.remove(item)


def _unreadable(item: str) -> None:
    raise OrderUnreadableError(item, "lines: missing")


def _fail(_item: str) -> None:
    raise ZeroDivisionError


def test_an_item_that_fails_is_postponed() -> None:
    items = Items(3)

    items.run(lambda item: _fail(item) if item == "1" else items.succeed(item))

    assert items.worked == ["0", "2"]
    assert items.postponed == ["1"]


def test_an_item_that_is_listed_again_after_its_work_is_postponed() -> None:
    items = Items(60)

    items.run(items.worked.append)

    assert items.worked == [str(n) for n in range(60)]
    assert len(items.postponed) == 50, "the last ten were not looked at again"
    assert items.telemetry.counts == {}


def test_items_that_cannot_be_read_do_not_end_the_run() -> None:
    items = Items(251)

    items.run(lambda item: items.succeed(item) if item == "250" else _unreadable(item))

    assert items.worked == ["250"]
    assert items.telemetry.counts == {"SweepFailed": 250, "OrderUnreadable": 250}


def test_a_hundred_other_failures_end_the_run() -> None:
    items = Items(250)

    items.run(_fail)

    assert items.telemetry.counts == {"SweepFailed": 100}
    assert items.postponed == [str(n) for n in range(100)]


def test_items_that_cannot_be_postponed_are_skipped_in_this_run() -> None:
    items = Items(60)

    items.run(lambda item: items.succeed(item) if int(item) > 55 else _fail(item), postpone=_fail)

    assert items.worked == ["56", "57", "58", "59"]
    assert items.telemetry.warnings.count("sweep.not_postponed") == 56
