"""Letters are moved or dropped one by one, in slices, and never lost."""

from datetime import datetime

import pytest

from gorder.dead_letters.commands.redrive_dead_letters import (
    RedriveDeadLetters,
    RedriveDeadLettersHandler,
)
from gorder.dead_letters.looking import find, look
from gorder.dead_letters.model import DeadLetter, Queue
from gorder.dead_letters.ports import DeadLettersUnavailableError
from gorder.dead_letters.processing import Processed, Selection, process
from gorder.runtime.observability import telemetry
from tests.fakes.clock import StandingClock
from tests.fakes.dead_letters import MemoryDeadLetters
from tests.fakes.faults import Died, Faults, Mishap

KITCHEN = Queue.KITCHEN


class Letters:
    """Letters in the kitchen's dead-letter queue, and a clock that every receive moves."""

    def __init__(self, count: int, receive_seconds: float = 0) -> None:
        self.clock = StandingClock()
        self.faults = Faults()
        self.queues = MemoryDeadLetters(self.clock, self.faults)
        self.ids = [self.queues.put(KITCHEN, f"body {number}") for number in range(count)]
        self.receive_seconds = receive_seconds

    def redrive(self, message_id: str | None = None, *, dry_run: bool = False) -> Processed:
        handler = RedriveDeadLettersHandler(self.queues, self._clock, telemetry)
        return handler(RedriveDeadLetters(Selection([KITCHEN], message_id, dry_run), "ann"))

    def _clock(self) -> datetime:
        self.clock.advance(seconds=self.receive_seconds)
        return self.clock()


@pytest.fixture
def letters() -> Letters:
    return Letters(25)


def visible(letters: Letters) -> int:
    return letters.queues.state(KITCHEN).waiting


def test_a_look_hides_no_letter_afterwards(letters: Letters) -> None:
    assert len(look(letters.queues, KITCHEN, 12, letters.clock)) == 12
    assert visible(letters) == 25


def test_a_look_shows_the_oldest_first() -> None:
    letters = Letters(0)
    for hours in (1, 3, 2):
        at = letters.clock()
        letters.clock.advance(hours=-hours)
        letters.queues.put(KITCHEN, str(hours), sent_at=letters.clock())
        letters.clock.now = at

    assert [each.body for each in look(letters.queues, KITCHEN, 9, letters.clock)] == [*"321"]


def test_a_look_that_fails_hides_no_letter(letters: Letters) -> None:
    letters.faults.on("letters.receive", nth=2)

    with pytest.raises(DeadLettersUnavailableError):
        look(letters.queues, KITCHEN, 25, letters.clock)

    assert visible(letters) == 25


def test_a_letter_is_found_among_many_and_the_others_are_released(letters: Letters) -> None:
    found = find(letters.queues, KITCHEN, letters.ids[17], letters.clock)

    assert found is not None
    assert found.body == "body 17"
    assert visible(letters) == 24


def test_one_letter_is_moved_back_once(letters: Letters) -> None:
    first = letters.redrive(letters.ids[3])
    again = letters.redrive(letters.ids[3])

    assert ([each.body for each in first.letters], again.letters) == (["body 3"], ())
    assert [each.body for each in letters.queues.sent[KITCHEN]] == ["body 3"]
    assert visible(letters) == 24


def test_all_letters_are_moved_back_once(letters: Letters) -> None:
    first, again = letters.redrive(), letters.redrive()

    assert (len(first.letters), first.remaining) == (25, 0)
    assert (len(again.letters), again.remaining) == (0, 0)
    assert sorted(each.message_id for each in letters.queues.sent[KITCHEN]) == sorted(letters.ids)
    assert letters.queues.bodies(KITCHEN) == []


@pytest.mark.parametrize("message_id", ["message-4", None])
def test_a_dry_run_changes_nothing(letters: Letters, message_id: str | None) -> None:
    found = letters.redrive(message_id, dry_run=True)

    assert len(found.letters) == (1 if message_id else 25)
    assert letters.queues.sent[KITCHEN] == []
    assert visible(letters) == 25


def test_letters_in_use_are_left_and_counted(letters: Letters) -> None:
    letters.queues.receive(KITCHEN)

    moved = letters.redrive()

    assert (len(moved.letters), moved.in_use) == (15, 10)
    assert len(letters.queues.bodies(KITCHEN)) == 10


def test_a_slice_ends_in_time_and_says_how_many_remain() -> None:
    letters = Letters(500, receive_seconds=1)

    first = letters.redrive()

    assert 50 < len(first.letters) < 250
    assert first.remaining == 500 - len(first.letters) == visible(letters)
    moved = len(first.letters)
    while visible(letters):
        moved += len(letters.redrive().letters)
    assert moved == len(letters.queues.sent[KITCHEN]) == 500


def test_a_letter_that_fails_again_at_once_is_moved_once_by_a_call() -> None:
    letters = Letters(3)
    send_back = letters.queues.send_back

    def fail_again(letter: DeadLetter) -> None:
        send_back(letter)
        letters.queues.put(KITCHEN, letter.body, sent_at=letters.clock())

    letters.queues.send_back = fail_again  # type: ignore[method-assign]

    moved = letters.redrive()

    assert (len(moved.letters), moved.remaining) == (3, 3)
    assert visible(letters) == 3


@pytest.mark.parametrize("call", ["letters.send_back", "letters.delete"])
@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("one", [True, False])
def test_a_fault_loses_no_letter(call: str, mishap: Mishap, *, one: bool) -> None:
    letters = Letters(13)
    letters.faults.on(call, mishap, nth=1 if one else 7)

    with pytest.raises((DeadLettersUnavailableError, Died)):
        letters.redrive(letters.ids[5] if one else None)
    kept = {*letters.queues.bodies(KITCHEN)} | {e.body for e in letters.queues.sent[KITCHEN]}
    assert kept == {f"body {number}" for number in range(13)}

    letters.clock.advance(minutes=2)
    letters.redrive()
    assert {e.body for e in letters.queues.sent[KITCHEN]} == kept
    assert len(letters.queues.sent[KITCHEN]) <= 14
    assert letters.queues.bodies(KITCHEN) == []


def test_a_failure_hides_no_letter() -> None:
    letters = Letters(13)
    letters.faults.on("letters.send_back", nth=2)

    with pytest.raises(DeadLettersUnavailableError):
        letters.redrive()

    assert visible(letters) == 12


def test_every_queue_is_processed(letters: Letters) -> None:
    letters.queues.put(Queue.REFUND, "due")
    done: list[str] = []

    def act(letter: DeadLetter) -> None:
        letters.queues.delete(letter)
        done.append(letter.body)

    processed = process(letters.queues, Selection(list(Queue), None), act, letters.clock)

    assert len(processed.letters) == len(done) == 26
    assert done[0] == "due"
