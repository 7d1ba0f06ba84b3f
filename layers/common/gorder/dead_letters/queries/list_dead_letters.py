"""List the letters of the dead-letter queues."""

from dataclasses import dataclass

from gorder.dead_letters.appraisal import AppraisedLetter, Appraiser
from gorder.dead_letters.looking import look
from gorder.dead_letters.model import Queue
from gorder.dead_letters.ports import Clock, DeadLetterQueues


@dataclass(frozen=True, slots=True)
class ListDeadLetters:
    """A request of staff for up to `limit` letters, of one queue or of all of them.

    With `order_id`, only letters about that order. A queue that states no letter is not looked at
    then, so a letter of the last minute may be missing.
    """

    queue: Queue | None = None
    limit: int = 100
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many letters a queue has, approximately; `in_use` is how many of them are hidden now."""

    queue: Queue
    letters: int
    in_use: int


@dataclass(frozen=True, slots=True)
class LetterList:
    """The letters, those of the queue with the most at stake first; then the oldest first."""

    letters: tuple[AppraisedLetter, ...]
    queues: tuple[QueueCount, ...]


@dataclass(frozen=True, slots=True)
class ListDeadLettersHandler:
    """Receives letters, releases them, and finds out what each one means."""

    letters: DeadLetterQueues
    appraiser: Appraiser
    clock: Clock

    def __call__(self, query: ListDeadLetters) -> LetterList:
        """Return the letters that no other call is using now.

        Raises:
            DeadLettersUnavailableError: try again.
        """
        listed: list[AppraisedLetter] = []
        counts: list[QueueCount] = []
        for queue in [query.queue] if query.queue else Queue:
            state = self.letters.state(queue)
            wanted = query.limit - len(listed)
            if wanted <= 0 or (query.order_id and not state.waiting):
                counts.append(QueueCount(queue, state.waiting + state.in_use, state.in_use))
                continue
            found = look(self.letters, queue, wanted, self.clock)
            total = max(state.waiting, len(found)) + state.in_use
            counts.append(QueueCount(queue, total, state.in_use))
            about = [letter for letter in found if query.order_id in (None, letter.event.order_id)]
            listed += self.appraiser.appraise(about, state.kept)
        return LetterList(tuple(listed), tuple(counts))
