"""Drop dead letters, and keep what was dropped, by whom and why."""

from dataclasses import dataclass
from typing import Final

from gorder.contracts.telemetry import Telemetry
from gorder.dead_letters.model import DeadLetter
from gorder.dead_letters.ports import Clock, DeadLetterQueues, OrderRecords
from gorder.dead_letters.processing import Processed, Selection, process

MOST_LOGGED: Final = 100_000
"""Characters of a body. CloudWatch takes 256 KB in one line; an event has less than 2."""


@dataclass(frozen=True, slots=True)
class DropDeadLetters:
    """A request of staff to drop messages. `reason` is in their words."""

    selection: Selection
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class LettersDropped:
    """The letters that were dropped, and the ids of those that were noted with their order."""

    processed: Processed
    noted: frozenset[str]


@dataclass(frozen=True, slots=True)
class DropDeadLettersHandler:
    """Logs a letter and notes it with its order, then deletes it. Repeated, the note is the same.

    A letter whose order is not stored, or cannot be changed, is dropped with the log line alone.
    """

    letters: DeadLetterQueues
    orders: OrderRecords
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: DropDeadLetters) -> LettersDropped:
        """Drop the letters.

        Raises:
            DeadLettersUnavailableError, or a transient error of the order service: try again. Those
            that were dropped before are logged.
        """
        noted: set[str] = set()

        def drop(letter: DeadLetter) -> None:
            self.telemetry.info(
                "dead_letter.dropped",
                by=command.by,
                reason=command.reason,
                body=letter.body[:MOST_LOGGED],
                sent_at=letter.sent_at.isoformat(),
                **letter.names,
            )
            if self._note(command, letter):
                noted.add(letter.message_id)
            self.letters.delete(letter)

        processed = process(self.letters, command.selection, drop, self.clock)
        return LettersDropped(processed, frozenset(noted))

    def _note(self, command: DropDeadLetters, letter: DeadLetter) -> bool:
        event = letter.event
        if event.order_id is None:
            return False
        text = (
            f"{command.reason} (dropped from {letter.queue}: {event.event_type or 'a message'}, "
            f"event {event.event_id or 'unknown'})"
        )
        return self.orders.note(event.order_id, "drop_dead_letters", command.by, text)
