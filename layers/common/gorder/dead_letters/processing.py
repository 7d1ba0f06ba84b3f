"""Move or drop letters: one of them, or all of some queues in slices of bounded time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gorder.dead_letters.looking import find, look
from gorder.dead_letters.model import DeadLetter, Queue
from gorder.dead_letters.ports import Clock, DeadLetterQueues

SLICE: Final = timedelta(seconds=180)
"""How long one request processes letters. The function's timeout is 300 seconds."""
_MOST_SHOWN: Final = 1000  # in a dry run

type Act = Callable[[DeadLetter], None]


@dataclass(frozen=True, slots=True)
class Selection:
    """One letter, which is in one of the queues, or all letters of the queues."""

    queues: Sequence[Queue]
    message_id: str | None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """The letters that were processed; in a dry run, that would be.

    Attributes:
        remaining: how many are left at least, without those in use. None if one was selected.
        in_use: how many other calls were using before.
    """

    letters: tuple[DeadLetter, ...]
    remaining: int | None
    in_use: int


def process(letters: DeadLetterQueues, selection: Selection, act: Act, clock: Clock) -> Processed:
    """Call `act`, which has to delete the letter, with each selected letter.

    Letters with which it fails, or for which no time is left, are released.

    Raises:
        DeadLettersUnavailableError: some letters may be processed.
        Exception: anything that `act` raises.
    """
    began = clock()
    in_use = sum(letters.state(queue).in_use for queue in selection.queues)
    if selection.message_id is not None:
        letter = _one(letters, selection, selection.message_id, act, clock)
        return Processed((letter,) if letter else (), None, in_use)
    done: list[DeadLetter] = []
    remaining = 0
    for queue in selection.queues:
        if selection.dry_run:
            found, left = look(letters, queue, _MOST_SHOWN, clock), 0
        else:
            found, left = _all(letters, queue, act, clock, began)
        done += found
        remaining += left
    return Processed(tuple(done), remaining, in_use)


def _one(
    letters: DeadLetterQueues, selection: Selection, message_id: str, act: Act, clock: Clock
) -> DeadLetter | None:
    for queue in selection.queues:
        letter = find(letters, queue, message_id, clock)
        if letter is None:
            continue
        done = False
        try:
            if not selection.dry_run:
                act(letter)
                done = True
        finally:
            if not done:
                letters.release([letter])
        return letter
    return None


def _all(
    letters: DeadLetterQueues, queue: Queue, act: Act, clock: Clock, began: datetime
) -> tuple[list[DeadLetter], int]:
    """Process letters of a queue; return them, and how many are left.

    A letter that was sent after the begin is left: it was moved back by this call and failed again.
    """
    done: list[DeadLetter] = []
    left: dict[str, DeadLetter] = {}
    in_time = True
    try:
        while (in_time := clock() < began + SLICE) and (batch := letters.receive(queue)):
            left |= {letter.message_id: letter for letter in batch}
            for letter in batch:
                if letter.sent_at < began and clock() < began + SLICE:
                    act(letter)
                    done.append(left.pop(letter.message_id))
    finally:
        letters.release(left.values())
    waiting = 0 if in_time else letters.state(queue).waiting
    return done, max(len(left), waiting)
