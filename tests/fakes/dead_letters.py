"""Dead-letter queues, their queues, and the log of the consumers in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from gorder.dead_letters.model import Attribute, DeadLetter, Queue
from gorder.dead_letters.ports import (
    HIDDEN,
    Clock,
    DeadLettersUnavailableError,
    Failures,
    LastFailure,
    QueueState,
)
from tests.fakes.faults import Faults

KEPT = timedelta(days=14)


@dataclass
class _Stored:
    letter: DeadLetter
    hidden_until: datetime | None = None


@dataclass
class MemoryDeadLetters:
    """Implements `DeadLetterQueues`. `sent` has the messages that were sent back to each queue."""

    clock: Clock
    faults: Faults = field(default_factory=Faults)
    sent: dict[Queue, list[DeadLetter]] = field(default_factory=lambda: {q: [] for q in Queue})
    _stored: dict[Queue, list[_Stored]] = field(default_factory=lambda: {q: [] for q in Queue})
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def put(
        self,
        queue: Queue,
        body: str,
        *,
        message_id: str | None = None,
        sent_at: datetime | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        trace: str | None = None,
    ) -> str:
        """Put a letter into a dead-letter queue; return its id."""
        message_id = message_id or f"message-{next(self._numbers)}"
        letter = DeadLetter(
            queue=queue,
            message_id=message_id,
            body=body,
            sent_at=sent_at or self.clock() - timedelta(hours=3),
            received=0,
            receipt="",
            attributes=attributes or {},
            trace=trace,
        )
        self._stored[queue].append(_Stored(letter))
        return message_id

    def bodies(self, queue: Queue) -> list[str]:
        """Return the bodies of all letters of a dead-letter queue, hidden ones too."""
        return [stored.letter.body for stored in self._stored[queue]]

    def state(self, queue: Queue) -> QueueState:
        with self.faults.call("letters.state", DeadLettersUnavailableError):
            hidden = sum(self._is_hidden(stored) for stored in self._stored[queue])
            return QueueState(len(self._stored[queue]) - hidden, hidden, KEPT)

    def receive(self, queue: Queue) -> Sequence[DeadLetter]:
        with self.faults.call("letters.receive", DeadLettersUnavailableError):
            visible = [each for each in self._stored[queue] if not self._is_hidden(each)][:10]
            for stored in visible:
                stored.hidden_until = self.clock() + HIDDEN
                stored.letter = replace(
                    stored.letter,
                    received=stored.letter.received + 1,
                    receipt=f"receipt-{next(self._numbers)}",
                )
            return [stored.letter for stored in visible]

    def release(self, letters: Iterable[DeadLetter]) -> None:
        receipts = {letter.receipt for letter in letters}
        for queue in Queue:
            for stored in self._stored[queue]:
                if stored.letter.receipt in receipts:
                    stored.hidden_until = None

    def send_back(self, letter: DeadLetter) -> None:
        with self.faults.call("letters.send_back", DeadLettersUnavailableError):
            self.sent[letter.queue].append(letter)

    def delete(self, letter: DeadLetter) -> None:
        with self.faults.call("letters.delete", DeadLettersUnavailableError):
            kept = [
                each
                for each in self._stored[letter.queue]
                if each.letter.message_id != letter.message_id
            ]
            self._stored[letter.queue] = kept

    def _is_hidden(self, stored: _Stored) -> bool:
        return stored.hidden_until is not None and stored.hidden_until > self.clock()


@dataclass
class MemoryFailures:
    """Implements `FailureLog`. `unreadable` says why the log cannot be read."""

    known: dict[str, LastFailure] = field(default_factory=dict)
    unreadable: str | None = None

    def last_failures(self, letters: Iterable[DeadLetter]) -> Failures:
        if self.unreadable:
            return Failures(hint=self.unreadable)
        wanted = {letter.message_id for letter in letters}
        found = {key: failure for key, failure in self.known.items() if key in wanted}
        return Failures(found, "not in the log")
