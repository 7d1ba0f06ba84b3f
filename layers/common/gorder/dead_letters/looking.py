"""Receive letters from a dead-letter queue, and hide none of them for longer than necessary.

SQS has no way to read a message without receiving it. So each letter is released after the look,
and all looks at a queue end before the first letter of them would appear again.
"""

from datetime import timedelta
from typing import Final

from gorder.dead_letters.model import DeadLetter, Queue
from gorder.dead_letters.ports import HIDDEN, Clock, DeadLetterQueues

_LOOK: Final = HIDDEN - timedelta(seconds=20)


def look(letters: DeadLetterQueues, queue: Queue, limit: int, clock: Clock) -> list[DeadLetter]:
    """Return up to `limit` letters of a queue, those sent first before the others."""
    found: dict[str, DeadLetter] = {}
    ends_at = clock() + _LOOK
    try:
        while len(found) < limit and clock() < ends_at and (batch := letters.receive(queue)):
            found |= {letter.message_id: letter for letter in batch}
    finally:
        letters.release(found.values())
    return sorted(found.values(), key=lambda letter: letter.sent_at)[:limit]


def find(
    letters: DeadLetterQueues, queue: Queue, message_id: str, clock: Clock
) -> DeadLetter | None:
    """Return the letter, received: the caller deletes or releases it. None: it is not there."""
    others: list[DeadLetter] = []
    ends_at = clock() + _LOOK
    try:
        while clock() < ends_at and (batch := letters.receive(queue)):
            others += [letter for letter in batch if letter.message_id != message_id]
            for letter in batch:
                if letter.message_id == message_id:
                    return letter
    finally:
        letters.release(others)
    return None
