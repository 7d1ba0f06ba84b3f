"""Move messages back from dead-letter queues to the queues that they came from."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.dead_letters.model import DeadLetter
from gorder.dead_letters.ports import Clock, DeadLetterQueues
from gorder.dead_letters.processing import Processed, Selection, process


@dataclass(frozen=True, slots=True)
class RedriveDeadLetters:
    """A request of staff to move messages back."""

    selection: Selection
    by: str


@dataclass(frozen=True, slots=True)
class RedriveDeadLettersHandler:
    """Sends a letter's body and attributes to its queue, then deletes the letter.

    If the process ends between the two, the message is in both queues. That is safe, because every
    consumer is idempotent. What is sent is always what was received from the dead-letter queue.
    """

    letters: DeadLetterQueues
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: RedriveDeadLetters) -> Processed:
        """Move the letters. Repeated, it moves those that are left, or none.

        Raises:
            DeadLettersUnavailableError: try again. Those that were moved before are logged.
        """

        def move(letter: DeadLetter) -> None:
            self.letters.send_back(letter)
            self.letters.delete(letter)
            self.telemetry.info("dead_letter.moved_back", by=command.by, **letter.names)

        return process(self.letters, command.selection, move, self.clock)
