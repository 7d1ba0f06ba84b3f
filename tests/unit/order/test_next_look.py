"""How long a client waits before it looks at an order again."""

from datetime import UTC, datetime, timedelta

import pytest

from gorder.order.next_look import seconds_to_next_look
from gorder.order.status import AnyStatus, LaterStatus, Status
from tests.fakes.clock import NOON

FINAL = {Status.COOKED, Status.CANCELLED, Status.EXPIRED, Status.REFUNDED}
CHANGING: list[AnyStatus] = [
    *(status for status in Status if status not in FINAL | {Status.PENDING}),
    LaterStatus("collected"),
]


def wait(status: AnyStatus, seconds: float) -> int | None:
    """Return the wait of an order that has changed these seconds ago."""
    return seconds_to_next_look(status, NOON, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("seconds", [0, 1e6])
def test_a_final_order_need_not_be_looked_at(status: Status, seconds: float) -> None:
    assert wait(status, seconds) is None


@pytest.mark.parametrize("seconds", [-5, 0, 100, 1e6])
def test_a_pending_order_is_looked_at_every_second(seconds: float) -> None:
    assert wait(Status.PENDING, seconds) == 1


@pytest.mark.parametrize("status", CHANGING)
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1e6, 2), (-1, 2), (0, 2), (29.9, 2), (30, 3), (99.9, 9), (150, 15), (159, 15), (1e9, 15)],
)
def test_another_order_is_looked_at_after_a_tenth_of_its_time(
    status: AnyStatus, seconds: float, expected: int
) -> None:
    assert wait(status, seconds) == expected


def test_the_ends_of_the_calendar_have_a_wait_too() -> None:
    first, last = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    assert seconds_to_next_look(Status.PAID, first, last) == 15
    assert seconds_to_next_look(Status.PAID, last, first) == 2
