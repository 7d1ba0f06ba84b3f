"""List the letters of the dead-letter queues."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gorder.dead_letters.appraisal import AppraisedLetter, Appraiser
from gorder.dead_letters.looking import look
from gorder.dead_letters.model import DeadLetter, Queue
from gorder.dead_letters.ports import Clock, DeadLetterQueues

_LOOKING: Final = timedelta(seconds=100)
"""No look at a queue is begun later. One takes 40 seconds at most."""
_SEARCHED: Final = 1000  # letters of a queue, for those about an order


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
        letters: list[DeadLetter] = []
        counts: list[QueueCount] = []
        kept: dict[Queue, timedelta] = {}
        ends_at = self.clock() + _LOOKING
        for queue in [query.queue] if query.queue else Queue:
            state = self.letters.state(queue)
            kept[queue] = state.kept
            wanted = query.limit - len(letters)
            skipped = wanted <= 0 or (query.order_id and not state.waiting)
            found = []
            if not skipped and self.clock() < ends_at:
                most = _SEARCHED if query.order_id else wanted
                found = look(self.letters, queue, most, self.clock)
            total = max(state.waiting, len(found)) + state.in_use
            counts.append(QueueCount(queue, total, state.in_use))
            about = [e for e in found if query.order_id in {None, e.event.order_id}]
            letters += about[:wanted]
        return LetterList(self.appraiser.appraise(letters, kept), tuple(counts))
