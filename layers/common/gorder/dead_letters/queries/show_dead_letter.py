"""Show one dead letter."""

from dataclasses import dataclass

from gorder.dead_letters.appraisal import AppraisedLetter, Appraiser
from gorder.dead_letters.errors import UnknownDeadLetter
from gorder.dead_letters.looking import find
from gorder.dead_letters.model import Queue
from gorder.dead_letters.ports import Clock, DeadLetterQueues


@dataclass(frozen=True, slots=True)
class ShowDeadLetter:
    """A request of staff to see one message of a dead-letter queue."""

    queue: Queue
    message_id: str


@dataclass(frozen=True, slots=True)
class ShowDeadLetterHandler:
    """Receives the letter, releases it, and finds out what it means."""

    letters: DeadLetterQueues
    appraiser: Appraiser
    clock: Clock

    def __call__(self, query: ShowDeadLetter) -> AppraisedLetter:
        """Return the letter.

        Raises:
            UnknownDeadLetter: it is not there, or another call is using it.
            DeadLettersUnavailableError: try again.
        """
        state = self.letters.state(query.queue)
        letter = find(self.letters, query.queue, query.message_id, self.clock)
        if letter is None:
            raise UnknownDeadLetter(query.queue, query.message_id, state.in_use)
        self.letters.release([letter])
        [appraised] = self.appraiser.appraise([letter], {query.queue: state.kept})
        return appraised
