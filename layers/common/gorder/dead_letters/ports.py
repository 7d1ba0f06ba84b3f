"""What the commands and queries about dead letters need from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from gorder.dead_letters.model import DeadLetter, OrderMoney, Queue
from gorder.errors import TransientError

type Clock = Callable[[], datetime]

HIDDEN: Final = timedelta(seconds=60)
"""How long a received letter is hidden from other calls, unless it is released."""


class DeadLettersUnavailableError(TransientError):
    """The queues did not answer, or refused the request. The text has the reason."""

    code = "dead_letters_unavailable"


@dataclass(frozen=True, slots=True)
class QueueState:
    """A dead-letter queue.

    The counts are approximate, as SQS has them: of the letters that can be received, and of those
    that another call has received and not released.
    """

    waiting: int
    in_use: int
    kept: timedelta


class DeadLetterQueues(Protocol):
    """The dead-letter queues and their queues.

    Every method but `release` raises DeadLettersUnavailableError.
    """

    def state(self, queue: Queue) -> QueueState:
        """Return the counts, and how long a letter is kept after it was sent first."""
        ...

    def receive(self, queue: Queue) -> Sequence[DeadLetter]:
        """Return up to ten letters, and hide them for `HIDDEN`. An empty result: none is left."""
        ...

    def release(self, letters: Iterable[DeadLetter]) -> None:
        """Let other calls receive the letters at once. A failure is logged: `HIDDEN` ends soon."""
        ...

    def send_back(self, letter: DeadLetter) -> None:
        """Send a message with the same body and attributes to the letter's queue."""
        ...

    def delete(self, letter: DeadLetter) -> None:
        """Delete the letter from its dead-letter queue. Can be repeated."""
        ...


@dataclass(frozen=True, slots=True)
class LastFailure:
    """Why a message failed: the error's code and text, and the stack of a defect."""

    reason: str
    at: datetime
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """The last failure of each message, by its id. `hint` says why others are missing."""

    by_message: Mapping[str, LastFailure] = field(default_factory=dict)
    hint: str | None = None


class FailureLog(Protocol):
    """The log of the consumers."""

    def last_failures(self, letters: Iterable[DeadLetter]) -> Failures:
        """Return the last failure of each letter that the log has. Takes half a minute at most.

        Raises nothing: a log that cannot be read is a hint.
        """
        ...


class OrderRecords(Protocol):
    """The orders, as dead letters need them."""

    def money(self, order_id: str) -> OrderMoney | None:
        """Return the order's money, None if it is not stored.

        Raises an error of the order service if the order cannot be read.
        """
        ...

    def note(self, order_id: str, command: str, by: str, text: str) -> bool:
        """Keep a note with the order; return False if it is not stored or cannot be changed.

        Raises an error of the order service that is transient: try again.
        """
        ...
